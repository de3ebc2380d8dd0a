"""The first question of each probe: what the server is, and what the account may do there."""

import json

from watchbill_exporters.postgres_server.flight import Statement
from watchbill_exporters.postgres_server.rights import PREDEFINED_ROLES, WAL_FOLDER
from watchbill_exporters.postgres_server.server import Extension, Server
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.reason import TargetDown

SEARCH_PATH = "pg_catalog"
"""Of our sessions: names in our queries are the server's own, whatever a database's owner has made."""

LOCK_TIMEOUT_MS = 100
"""Of our sessions: queries that wait for the same lock wait one after the other."""
SESSION_SETTINGS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "search_path": SEARCH_PATH,
        "default_transaction_read_only": "on",
        # An account that has `serializable` for its default can read nothing on a standby.
        "default_transaction_isolation": "read\\ committed",
        "lock_timeout": LOCK_TIMEOUT_MS,
        # Our plans have few rows: compiling one takes longer than running it, and one plan is right for all arguments.
        "jit": "off",
        "plan_cache_mode": "force_generic_plan",
    }.items()
)
"""Sent at the sign-in, where a pooler that shares sessions refuses them instead of leaving them to others."""

RAW = "SQL_ASCII"
"""The encoding of a database that does not know what its texts are in."""
FACTS = Statement(
    """
SELECT current_setting('server_version_num')::int4 AS version, pg_is_in_recovery() AS standby,
       current_setting('search_path') AS search_path, current_database()::text AS database,
       current_setting('server_encoding') AS encoding,
       has_function_privilege('pg_ls_waldir()', 'EXECUTE') AS wal_folder,
       (SELECT string_agg(rolname::text, ' ') FROM pg_roles
        WHERE rolname = ANY ($1::name[]) AND pg_has_role(oid, 'USAGE')) AS roles,
       (SELECT json_agg(json_build_array(extname, extversion, nspname))::text
        FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace) AS extensions
""",
    (PREDEFINED_ROLES,),
)


def known_server(facts: Table, settings: PostgresSettings) -> Server:
    """The server that FACTS describe; raises TargetDown (protocol) when something before it swallows our settings."""
    try:
        server, search_path = _server(facts, settings), facts.texts("search_path")
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise TargetDown("protocol", "the server answered what was not asked") from error
    if search_path != [SEARCH_PATH]:
        raise TargetDown("protocol", "our session settings were dropped: give the server's own address, not a pooler's")
    return server


def _server(facts: Table, settings: PostgresSettings) -> Server:
    held = set(facts.texts("roles")[0].split())
    if facts.number("wal_folder"):
        held.add(WAL_FOLDER)
    # As JSON, because a schema's name may hold anything.
    extensions = json.loads(facts.texts("extensions")[0] or "[]")
    return Server(
        settings=settings,
        version=int(facts.number("version") or 0),
        standby=bool(facts.number("standby")),
        database=facts.texts("database")[0],
        encoding=facts.texts("encoding")[0],
        held=frozenset(held),
        extensions={str(name): Extension(str(schema), str(version)) for name, version, schema in extensions},
    )
