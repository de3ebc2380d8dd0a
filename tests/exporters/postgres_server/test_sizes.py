"""Exact sizes, and what a lock costs."""

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage, Shown
from tests.exporters.postgres_server.scraping import target_of
from tests.exporters.probing import Exporter
from watchbill.catalogue import Subject
from watchbill.catalogue.postgres_server import bloat, hints, indexes, probe, sizes, table_io, tables, wraparound


@pytest.mark.parametrize("name", ["parcels", "letters", "shelves"])
def test_the_size_of_a_table_is_that_of_its_files(garage: Garage, name: str) -> None:
    assert garage.shown.of_table(sizes.PG_TABLE_SIZE, name) == [garage.says(f"SELECT pg_table_size('{name}')")]
    of_indexes = garage.says(f"SELECT pg_indexes_size('{name}')")
    assert garage.shown.of_table(sizes.PG_TABLE_INDEXES_SIZE, name) == [of_indexes]


def test_the_size_of_an_index_is_that_of_its_files(garage: Garage) -> None:
    size = garage.says("SELECT pg_relation_size('parcels_pkey')")
    assert garage.shown.of(sizes.PG_INDEX_SIZE, {indexes.PG_INDEX: "parcels_pkey"}) == [size]
    assert garage.shown.of(sizes.PG_SIZES_SKIPPED) == [0]


@pytest.mark.parametrize(
    ("held", "table"),
    [("LOCK TABLE parcels IN ACCESS EXCLUSIVE MODE", "parcels"), ("REINDEX INDEX routes_pkey", "routes")],
)
async def test_a_locked_table_costs_its_own_exact_sizes_alone(garage: Garage, held: str, table: str) -> None:
    target = target_of(garage.server, database=GARAGE)
    async with Exporter(target) as exporter:
        with garage.server.connect(GARAGE) as locker:
            locker.execute(b"BEGIN")
            locker.execute(held.encode())
            answer = await exporter.probe(target.name)
            locker.execute(b"ROLLBACK")
    shown = Shown(answer.text)
    assert answer.seconds < 2
    assert shown.of(probe.PG_SCRAPE_ERROR) == [0]
    assert shown.of_table(sizes.PG_TABLE_SIZE, table) == []
    assert shown.of_table(sizes.PG_TABLE_SIZE, "letters") == garage.shown.of_table(sizes.PG_TABLE_SIZE, "letters")
    assert shown.of(sizes.PG_SIZES_SKIPPED)[0] >= 2
    assert _lasting(shown) >= 0.95 * _lasting(garage.shown)


def _lasting(shown: Shown) -> int:
    """Series of the tables and indexes; which statements have any changes with what was run."""
    modules = (tables, table_io, indexes, sizes, hints, bloat, wraparound)
    return sum(len(shown.of(metric)) for module in modules for metric in Subject.of(module).metrics)
