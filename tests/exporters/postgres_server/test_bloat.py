"""Bloat as it is estimated, against what a rebuild frees."""

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage, Shown
from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue.postgres_server import bloat
from watchbill.catalogue.postgres_server.tables import PG_TABLE

_OF_LETTERS = {PG_TABLE: "letters"}


@pytest.mark.parametrize(
    ("name", "tolerance"), [("parcels_pkey", 2.0), ("parcels_shelf_weighed", 3.0), ("parcels_weighed", 3.0)]
)
def test_the_bloat_of_an_index_is_what_a_rebuild_would_free(garage: Garage, name: str, tolerance: float) -> None:
    size = garage.says(f"SELECT pg_relation_size('{name}')")
    assert garage.shown.of(bloat.PG_INDEX_BLOAT_PERCENT, {bloat.PG_INDEX_NAME: name}) == [
        pytest.approx(garage.freed[name], abs=tolerance)
    ]
    assert garage.shown.of(bloat.PG_INDEX_REAL_SIZE, {bloat.PG_INDEX_NAME: name}) == [size]


def test_the_bloat_of_a_table_whose_widths_anyone_may_know_is_what_a_rewrite_would_free(garage: Garage) -> None:
    freed, size = garage.freed["parcels"], garage.says("SELECT pg_relation_size('parcels')")
    labels = {PG_TABLE: "parcels", bloat.PG_BLOAT_BASIS: "widths"}
    assert garage.shown.of(bloat.PG_TABLE_BLOAT_PERCENT, labels) == [pytest.approx(freed, abs=1)]
    assert garage.shown.of(bloat.PG_TABLE_BLOAT_SIZE, labels) == [pytest.approx(freed * size / 100, rel=0.02)]
    assert garage.shown.of(bloat.PG_TABLE_REAL_SIZE, labels) == [size]


def test_where_widths_may_not_be_read_the_dead_rows_are_all_that_is_known(garage: Garage) -> None:
    labels = {**_OF_LETTERS, bloat.PG_BLOAT_BASIS: "dead_rows"}
    assert garage.shown.of(bloat.PG_TABLE_BLOAT_PERCENT, labels) == [50]
    assert garage.shown.of(bloat.PG_BLOAT_WIDTHS_KNOWN) == [0.5]


async def test_select_on_a_table_makes_its_estimate_whole(furnished: PostgresServer) -> None:
    furnished.execute("GRANT SELECT ON letters TO watchbill", GARAGE)
    try:
        shown = Shown(await scraped(furnished, database=GARAGE))
    finally:
        furnished.execute("REVOKE SELECT ON letters FROM watchbill", GARAGE)
    assert shown.of(bloat.PG_BLOAT_WIDTHS_KNOWN) == [1]
    labels = {**_OF_LETTERS, bloat.PG_BLOAT_BASIS: "widths"}
    assert shown.of(bloat.PG_TABLE_BLOAT_PERCENT, labels) == [pytest.approx(50, abs=3)]
