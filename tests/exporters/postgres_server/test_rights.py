"""What a role may see, and what is said of the rest."""

from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.exposition import names, selected, values
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue.exporter import PERMISSION
from watchbill.catalogue.postgres_server.databases import PG_BACKENDS, PG_DATABASE, PG_DATABASE_SIZE
from watchbill.catalogue.postgres_server.locks import PG_BLOCKED, PG_LOCKS
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_PERMISSION, PG_UP
from watchbill.catalogue.postgres_server.server import PG_MAX_CONNECTIONS
from watchbill.catalogue.postgres_server.sessions import PG_ACTIVITY, PG_CONNECTIONS, PG_STATE
from watchbill.catalogue.postgres_server.wal import PG_WAL_BYTES, PG_WAL_SIZE
from watchbill_exporters.postgres_server.rights import GRANT, MONITOR, PARTS, ROLE

_MONITOR = {PERMISSION: MONITOR}


async def test_a_plain_role_shows_what_it_may_see_and_says_what_is_missing(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"REVOKE {MONITOR} FROM {postgres_server.user}")
    with postgres_server.connect() as busy:
        busy.execute("SELECT 1")
        text = await scraped(postgres_server)
    assert values(text, PG_UP) == [1]
    assert selected(text, PG_PERMISSION, _MONITOR) == [0]
    here = {PG_DATABASE: "postgres"}
    assert selected(text, PG_ACTIVITY, {**here, PG_STATE: "unknown"})[0] >= 2
    assert selected(text, PG_ACTIVITY, {**here, PG_STATE: "active"}) == []
    assert selected(text, PG_BACKENDS, here)[0] >= 2
    assert {PG_LOCKS.name, PG_WAL_BYTES.name, PG_MAX_CONNECTIONS.name} <= names(text)
    assert names(text).isdisjoint({PG_CONNECTIONS.name, PG_BLOCKED.name, PG_WAL_SIZE.name})
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_the_parts_of_the_role_are_as_good_as_the_role(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"REVOKE {MONITOR} FROM {postgres_server.user}")
    for part in PARTS:
        postgres_server.execute(GRANT.format(right=part, user=postgres_server.user))
    text = await scraped(postgres_server)
    for part in PARTS:
        revoke = (
            GRANT.format(right=part, user=postgres_server.user).replace("GRANT", "REVOKE").replace(" TO ", " FROM ")
        )
        postgres_server.execute(revoke)
    assert selected(text, PG_PERMISSION, _MONITOR) == [1]
    assert {PG_CONNECTIONS.name, PG_BLOCKED.name, PG_WAL_SIZE.name} <= names(text)


async def test_the_shipped_lines_make_a_role_that_can_read_everything(either_postgres: PostgresServer) -> None:
    user = either_postgres.user
    either_postgres.execute(f"DROP OWNED BY {user}; DROP ROLE {user}")
    either_postgres.execute(ROLE.format(user=user).replace("'PASSWORD'", f"'{either_postgres.password}'"))
    either_postgres.execute(GRANT.format(right=MONITOR, user=user))
    text = await scraped(either_postgres)
    assert selected(text, PG_PERMISSION, _MONITOR) == [1]
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_the_size_of_a_database_that_the_role_may_not_see_is_left_out(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"REVOKE {MONITOR} FROM {postgres_server.user}")
    postgres_server.execute("CREATE DATABASE closed")
    try:
        postgres_server.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute("DROP DATABASE closed")
    assert selected(text, PG_DATABASE_SIZE, {PG_DATABASE: "closed"}) == []
    assert len(selected(text, PG_DATABASE_SIZE, {PG_DATABASE: "postgres"})) == 1
