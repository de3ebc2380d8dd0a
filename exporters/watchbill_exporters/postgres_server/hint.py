"""A hint at an object of a database: how it stands in a query's rows, and what is shown of it."""

from collections.abc import Iterable, Sequence
from math import nan

from watchbill.catalogue.postgres_server.hints import MOST_HINTS, PG_HINT_SIZE, PG_HINTS
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

HINTS_EVERY = 300.0
INDEX_KEY = ("datname", "schemaname", "relname", "object")
_KEY = (*INDEX_KEY, "hint")


def number_of_hints(server: Server) -> tuple[str, ...]:
    """$1: how many objects are listed for one hint."""
    del server
    return (str(MOST_HINTS),)


def hinted(table: Table, hints: Sequence[str]) -> Iterable[Measured]:
    """The listed objects, and how many there are in each database: 0 of a hint that has no row.

    Of the columns `objects` is the number of all objects, listed or not; a row without a hint stands for its database.
    """
    listed = table.where([hint is not None for hint in table.columns["hint"]])
    counts = {(database, hint): 0.0 for database in table.texts("datname") for hint in hints}
    for database, hint, objects in zip(
        listed.texts("datname"), listed.texts("hint"), listed.numbers("objects"), strict=True
    ):
        counts[database, hint] = objects or 0.0
    yield series(PG_HINTS, counts.items())
    listed = largest(listed, "size", PG_HINT_SIZE.series_limit // 2)
    sizes = [nan if size is None else size for size in listed.numbers("size")]
    yield Measured(PG_HINT_SIZE, listed.keys(*_KEY), sizes)


def of_databases(table: Table) -> Table:
    """The rows that stand for a database."""
    return table.where([hint is None for hint in table.columns["hint"]])
