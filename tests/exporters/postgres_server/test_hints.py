"""What the hints say of indexes and tables, and what they leave alone."""

import math

from tests.exporters.postgres_server.garage import STRANGE, Garage
from watchbill.catalogue.postgres_server import hints, indexes
from watchbill.catalogue.postgres_server.tables import PG_TABLE


def _hinted(garage: Garage, hint: str) -> dict[tuple[str, str], float]:
    """Sizes by table and object."""
    found = garage.shown.by(hints.PG_HINT_SIZE, {hints.PG_HINT: hint})
    names = sorted(label.name for label in hints.PG_HINT_SIZE.labels)
    table, thing = names.index(PG_TABLE.name), names.index(hints.PG_HINT_OBJECT.name)
    return {(values[table], values[thing]): size for values, size in found.items()}


def _pages_size(garage: Garage, name: str) -> float:
    return garage.says(f"SELECT relpages * current_setting('block_size')::int FROM pg_class WHERE relname = '{name}'")  # noqa: S608  # of the test's own


def test_an_index_that_nothing_has_scanned_is_unused_unless_it_upholds_a_constraint(garage: Garage) -> None:
    assert _hinted(garage, "unused_index") == {
        ("parcels", name): _pages_size(garage, name)
        for name in ("parcels_shelf", "parcels_shelf_again", "parcels_shelf_weighed", "parcels_weighed")
    }


def test_of_two_equal_indexes_the_later_is_a_duplicate(garage: Garage) -> None:
    assert set(_hinted(garage, "duplicate_index")) == {("parcels", "parcels_shelf_again")}


def test_an_index_whose_columns_begin_another_is_redundant(garage: Garage) -> None:
    assert set(_hinted(garage, "redundant_index")) == {("parcels", "parcels_shelf"), ("parcels", "parcels_shelf_again")}


def test_an_index_that_was_never_finished_is_invalid_and_has_its_real_size(garage: Garage) -> None:
    size = garage.says("SELECT pg_relation_size('twins_x')")
    assert _hinted(garage, "invalid_index") == {("twins", "twins_x"): size}
    assert garage.shown.of(hints.PG_INVALID_INDEX_SIZE, {indexes.PG_INDEX: "twins_x"}) == [size]


def test_a_foreign_key_wants_an_index_on_the_side_that_refers(garage: Garage) -> None:
    assert set(_hinted(garage, "unindexed_foreign_key")) == {
        ("stops", "stops_route_fkey"),
        # A column that an index merely includes is not searched for.
        ("pairings", "pairings_a_b_fkey"),
        # Of a partitioned table, once.
        ("years", "years_route_fkey"),
    }


def test_a_large_table_that_is_read_from_end_to_end_again_and_again_lacks_an_index(garage: Garage) -> None:
    assert _hinted(garage, "missing_index") == {("letters", ""): _pages_size(garage, "letters")}


def test_a_table_with_rows_and_without_statistics_was_never_analyzed(garage: Garage) -> None:
    found = _hinted(garage, "never_analyzed")
    assert set(found) == {("twins", ""), (STRANGE, ""), ("shelves", ""), ("crates", "")}
    assert all(math.isnan(size) for size in found.values())


def test_each_hint_is_counted_also_where_it_applies_to_nothing(garage: Garage) -> None:
    counts = {hint: garage.shown.of(hints.PG_HINTS, {hints.PG_HINT: hint}) for hint in hints.PG_HINT.values}
    assert counts == {
        "unused_index": [4],
        "duplicate_index": [1],
        "redundant_index": [2],
        "invalid_index": [1],
        "unindexed_foreign_key": [3],
        "missing_index": [1],
        "never_analyzed": [4],
    }
    assert garage.shown.of(hints.PG_SCANS_COUNTED)[0] > 0
