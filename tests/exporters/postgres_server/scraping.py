"""One scrape of a PostgreSQL for a test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.exporters.probing import Exporter, postgres_target
from tests.plugins.postgres_server import PostgresServer
from watchbill_exporters import PostgresSettings


def target_of(server: PostgresServer, **settings: Any) -> PostgresSettings:  # Any: fields of the target's settings
    """The server as a target, with further settings."""
    return replace(postgres_target(server), **settings)


async def scraped(server: PostgresServer, **settings: Any) -> str:  # Any: fields of the target's settings
    """What an exporter shows at its first scrape, the slow collectors included."""
    target = target_of(server, **settings)
    async with Exporter(target) as exporter:
        return (await exporter.probe(target.name)).text


def numbers(server: PostgresServer, queries: Sequence[str]) -> list[float]:
    """What the superuser reads in the first row's first column of each query."""
    with server.connect() as connection:
        return [_number(connection.execute(query.encode()).fetchone(), query) for query in queries]


def _number(row: tuple[object, ...] | None, query: str) -> float:
    assert row is not None, f"{query}: no row"
    assert isinstance(row[0], int | float), f"{query}: {row[0]!r}"
    return float(row[0])
