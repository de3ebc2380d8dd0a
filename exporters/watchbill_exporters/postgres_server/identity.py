"""What runs, since when, and what the account may read there."""

from collections.abc import Iterable

from watchbill.catalogue.postgres_server.probe import PG_PERMISSION
from watchbill.catalogue.postgres_server.server import (
    PG_MAX_CONNECTIONS,
    PG_RESERVED_CONNECTIONS,
    PG_START_TIME,
    PG_STATIC,
)
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.rights import MONITOR, PARTS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_QUERY = """
SELECT version() AS version, split_part(current_setting('server_version'), ' ', 1) AS short_version,
       extract(epoch FROM pg_postmaster_start_time())::float8 AS started,
       current_setting('max_connections')::int4 AS connections,
       current_setting('superuser_reserved_connections')::int4 AS reserved
"""
_SINGLES = {
    "started": PG_START_TIME,
    "connections": PG_MAX_CONNECTIONS,
    "reserved": PG_RESERVED_CONNECTIONS,
}


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    yield Measured(PG_STATIC, table.keys("version", "short_version"), [1.0] * len(table))
    yield series(PG_PERMISSION, [((MONITOR,), float(server.held >= PARTS))])
    yield from table.singles(_SINGLES)


IDENTITY = PostgresCollector(name="server", query=always(_QUERY), measure=_measure)
