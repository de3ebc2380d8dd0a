"""Roles that may sign in, and those that have a limit."""

from collections.abc import Iterable
from typing import LiteralString

from watchbill.catalogue.postgres_server.limits import PG_ROLE_CONNECTION_LIMIT
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_QUERY: LiteralString = """
SELECT rolname::text AS rolname, rolconnlimit FROM pg_roles WHERE rolcanlogin OR rolconnlimit <> -1
ORDER BY rolconnlimit = -1, oid LIMIT 200
"""


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured({"rolconnlimit": PG_ROLE_CONNECTION_LIMIT}, table.keys("rolname"))


ROLES = PostgresCollector(name="roles", query=always(_QUERY), measure=_measure)
