"""Transactions that somebody prepared and left."""

from collections.abc import Iterable

from watchbill.catalogue.postgres_server.transactions import PG_PREPARED, PG_PREPARED_AGE, PG_XMIN_AGE
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_QUERY = """
SELECT count(*) AS prepared, coalesce(max(extract(epoch FROM now() - prepared)), 0)::float8 AS oldest,
       coalesce(max(age(transaction)), 0) AS horizon
FROM pg_prepared_xacts
"""
_METRICS = {"prepared": PG_PREPARED, "oldest": PG_PREPARED_AGE}


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    yield from table.singles(_METRICS)
    yield series(PG_XMIN_AGE, [(("prepared_transaction",), table.number("horizon") or 0.0)])


PREPARED_TRANSACTIONS = PostgresCollector(name="prepared_transactions", query=always(_QUERY), measure=_measure)
