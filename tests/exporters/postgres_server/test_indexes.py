"""Indexes as the server counts them."""

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage
from watchbill.catalogue.postgres_server import indexes

_COLUMNS = {
    "idx_scan": indexes.PG_INDEX_SCANS,
    "idx_tup_read": indexes.PG_INDEX_ENTRIES,
    "idx_tup_fetch": indexes.PG_INDEX_ROWS,
    "idx_blks_hit": indexes.PG_INDEX_HIT,
    "idx_blks_read": indexes.PG_INDEX_READ,
    # The count of a page that stood there when the table was made says nothing of what has come since.
    "CASE WHEN (SELECT t.reltuples FROM pg_class t WHERE t.oid = pg_stat_user_indexes.relid) >= 0"
    " THEN relpages * current_setting('block_size')::int END": indexes.PG_INDEX_PAGES_SIZE,
}


@pytest.mark.parametrize("name", ["parcels_pkey", "parcels_shelf_weighed", "stamps_pkey", "twins_x"])
def test_an_indexs_numbers_are_those_of_the_servers_own_views(garage: Garage, name: str) -> None:
    query = (
        f"SELECT {', '.join(_COLUMNS)} FROM pg_stat_user_indexes JOIN pg_statio_user_indexes USING (indexrelid)"  # noqa: S608  # of the test's own
        f" JOIN pg_class ON pg_class.oid = indexrelid WHERE pg_class.relname = '{name}'"
    )
    (row,) = garage.server.execute(query, GARAGE)
    shown = [garage.shown.of(metric, {indexes.PG_INDEX: name}) for metric in _COLUMNS.values()]
    assert shown == [[] if value is None else [value] for value in row]


def test_the_last_scan_of_an_index_is_told_where_the_server_knows_it(garage: Garage) -> None:
    version = garage.says("SELECT current_setting('server_version_num')::int")
    if version < 160_000:
        assert garage.shown.of(indexes.PG_INDEX_LAST_SCAN) == []
        return
    query = (
        "SELECT extract(epoch FROM last_idx_scan)::float8 FROM pg_stat_user_indexes WHERE indexrelname = 'parcels_pkey'"
    )
    assert garage.shown.of(indexes.PG_INDEX_LAST_SCAN, {indexes.PG_INDEX: "parcels_pkey"}) == [garage.says(query)]
