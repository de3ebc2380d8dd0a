"""What reads one subject of a PostgreSQL server: a query for its version, and what the rows mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, LiteralString

from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.flight import Statement
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table


def _no_arguments(server: Server) -> tuple[str, ...]:
    del server
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCollector:
    """One subject of the inventory.

    `query` gives the text for a server, or None where that server has nothing to say: an older version, a missing
    extension. It runs with search_path pg_catalog, and takes no lock on a table of the user's. `arguments` are the
    values of $1, $2 and so on, cast in the query. `every` is the seconds between two readings; 0 reads at each probe.
    A query of scope `database` runs in each database, and selects current_database() itself: `measure` of a slow one
    gets the rows of all databases below each other; of a quick one those of the main database at each probe, while a
    second instance gets those of all others on a slow clock.
    `measure` may be the method of an object that remembers the last reading: instances are made for each target.
    """

    name: str
    query: Callable[[Server], LiteralString | None]
    measure: Callable[[Table, Server], Iterable[Measured]]
    arguments: Callable[[Server], tuple[str, ...]] = _no_arguments
    scope: Literal["server", "database"] = "server"
    every: float = 0.0


def asked(collectors: Iterable[PostgresCollector], server: Server) -> list[tuple[PostgresCollector, Statement]]:
    """What to ask a server for the collectors that have something to ask."""
    found: list[tuple[PostgresCollector, Statement]] = []
    for collector in collectors:
        query = collector.query(server)
        if query is not None:
            found.append((collector, Statement(query, collector.arguments(server))))
    return found


def always(query: LiteralString) -> Callable[[Server], LiteralString | None]:
    """A query that every server understands."""
    return lambda _: query


def since(version: int, query: LiteralString) -> Callable[[Server], LiteralString | None]:
    """A query that servers understand from a major version on."""
    return lambda server: query if server.major >= version else None
