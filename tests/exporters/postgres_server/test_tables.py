"""Tables as the server counts them."""

from collections.abc import Mapping

import pytest

from tests.exporters.postgres_server.garage import STRANGE, Garage
from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import table_io, tables

_COLUMNS = {
    "seq_scan": tables.PG_TABLE_SEQ_SCANS,
    "seq_tup_read": tables.PG_TABLE_SEQ_ROWS,
    "idx_scan": tables.PG_TABLE_INDEX_SCANS,
    "idx_tup_fetch": tables.PG_TABLE_INDEX_ROWS,
    "n_tup_ins": tables.PG_TABLE_INSERTED,
    "n_tup_upd": tables.PG_TABLE_UPDATED,
    "n_tup_del": tables.PG_TABLE_DELETED,
    "n_tup_hot_upd": tables.PG_TABLE_HOT_UPDATED,
    "n_live_tup": tables.PG_TABLE_LIVE_ROWS,
    "n_dead_tup": tables.PG_TABLE_DEAD_ROWS,
    "n_mod_since_analyze": tables.PG_TABLE_CHANGED_ROWS,
    "n_ins_since_vacuum": tables.PG_TABLE_INSERTED_ROWS,
    "vacuum_count": tables.PG_TABLE_VACUUMS,
    "autovacuum_count": tables.PG_TABLE_AUTOVACUUMS,
    "analyze_count": tables.PG_TABLE_ANALYZES,
    "autoanalyze_count": tables.PG_TABLE_AUTOANALYZES,
    "coalesce(extract(epoch FROM last_vacuum), 0)::float8": tables.PG_TABLE_LAST_VACUUM,
    "coalesce(extract(epoch FROM last_analyze), 0)::float8": tables.PG_TABLE_LAST_ANALYZE,
}
_BLOCKS = {
    "heap_blks_hit": table_io.PG_TABLE_HEAP_HIT,
    "heap_blks_read": table_io.PG_TABLE_HEAP_READ,
    "idx_blks_hit": table_io.PG_TABLE_INDEX_HIT,
    "idx_blks_read": table_io.PG_TABLE_INDEX_READ,
    "toast_blks_hit": table_io.PG_TABLE_TOAST_HIT,
    "toast_blks_read": table_io.PG_TABLE_TOAST_READ,
    "tidx_blks_hit": table_io.PG_TABLE_TOAST_INDEX_HIT,
    "tidx_blks_read": table_io.PG_TABLE_TOAST_INDEX_READ,
}


def _differences(
    garage: Garage, view: str, columns: Mapping[str, Metric], name: str
) -> dict[str, tuple[object, object]]:
    """What the server's own view says against what is shown, where they differ; NULL is no series."""
    query = f"SELECT {', '.join(columns)} FROM {view} WHERE relname = '{name}'"  # noqa: S608  # of the test's own
    (row,) = garage.server.execute(query, "garage")
    expected = {column: [] if value is None else [value] for column, value in zip(columns, row, strict=True)}
    shown = {column: garage.shown.of_table(metric, name) for column, metric in columns.items()}
    return {column: (shown[column], expected[column]) for column in columns if shown[column] != expected[column]}


@pytest.mark.parametrize("name", ["parcels", "letters", "stamps", "shelves", "twins"])
def test_a_tables_numbers_are_those_of_the_servers_own_views(garage: Garage, name: str) -> None:
    assert _differences(garage, "pg_stat_user_tables", _COLUMNS, name) == {}
    assert _differences(garage, "pg_statio_user_tables", _BLOCKS, name) == {}


def test_a_name_with_quotes_line_ends_and_braces_is_shown_as_it_is(garage: Garage) -> None:
    assert garage.shown.of_table(tables.PG_TABLE_INSERTED, STRANGE) == [1]


def test_a_table_that_was_never_vacuumed_has_no_size_by_page_counts(garage: Garage) -> None:
    block = garage.says("SELECT current_setting('block_size')::int")
    pages = garage.says(
        "SELECT c.relpages + t.relpages FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid"
        " WHERE c.relname = 'letters'"
    )
    assert garage.shown.of_table(tables.PG_TABLE_PAGES_SIZE, "letters") == [pages * block]
    assert garage.shown.of_table(tables.PG_TABLE_PAGES_SIZE, STRANGE) == []
    assert garage.shown.of_table(tables.PG_TABLE_INDEX_PAGES_SIZE, "routes") == []


def test_a_partitioned_table_has_no_blocks_of_its_own(garage: Garage) -> None:
    assert garage.shown.of_table(tables.PG_TABLE_LIVE_ROWS, "years") == [0]
    assert garage.shown.of_table(table_io.PG_TABLE_HEAP_HIT, "years") == []
    assert len(garage.shown.of_table(table_io.PG_TABLE_HEAP_HIT, "years_now")) == 1


def test_the_sums_of_a_database_count_from_the_exporters_start(garage: Garage) -> None:
    assert garage.shown.of(table_io.PG_DATABASE_HEAP_HIT) == [0]
    assert garage.shown.of(table_io.PG_DATABASE_INDEX_READ) == [0]
