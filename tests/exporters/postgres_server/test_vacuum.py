"""Vacuums that run and tables that wait for one."""

from tests.exporters.postgres_server.garage import GARAGE, Garage, Shown, autovacuum
from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.programs import wait_until
from watchbill.catalogue.postgres_server import vacuum
from watchbill.catalogue.postgres_server.tables import PG_TABLE

_CRATES = {PG_TABLE: "crates"}


def test_tables_past_a_threshold_are_counted_by_what_they_are_due_for(garage: Garage) -> None:
    due = {
        operation: garage.shown.of(vacuum.PG_AUTOVACUUM_DUE, {vacuum.PG_AUTOVACUUM_OPERATION: operation})
        for operation in vacuum.PG_AUTOVACUUM_OPERATION.values
    }
    # Crates have 500 dead, 2000 inserted and 2500 changed rows.
    assert due == {"vacuum": [1], "vacuum_inserted": [1], "analyze": [1], "freeze": [0]}
    assert garage.shown.of(vacuum.PG_AUTOVACUUM_OVERDUE_RATIO) == [500 / 50]


def test_a_tables_own_settings_stand_before_the_servers(garage: Garage) -> None:
    assert garage.shown.of(vacuum.PG_AUTOVACUUM_DISABLED) == [4]


async def test_an_autovacuum_at_work_shows_its_table_its_start_and_how_far_it_is(garage: Garage) -> None:
    server = garage.server
    running = "SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = 'crates'::regclass AND heap_blks_total > 0"
    autovacuum(server, on=True)
    try:
        wait_until(lambda: bool(server.execute(running, GARAGE)), "autovacuum takes up the crates")
        shown = Shown(await scraped(server, database=GARAGE))
    finally:
        autovacuum(server, on=False)
        server.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_progress_vacuum", GARAGE)
    pages = garage.says("SELECT pg_relation_size('crates') / current_setting('block_size')::int")
    assert shown.of(vacuum.PG_VACUUM_BLOCKS, _CRATES) == [pages]
    assert 0 <= shown.of(vacuum.PG_VACUUM_BLOCKS_SCANNED, _CRATES)[0] <= pages
    assert sum(shown.of(vacuum.PG_VACUUM_IN_PHASE, _CRATES)) == 1
    assert shown.of(vacuum.PG_VACUUM_DEAD_ROWS, _CRATES)[0] >= 0
    assert shown.of(vacuum.PG_AUTOVACUUM_WORKERS)[0] >= 1
    now = garage.says("SELECT extract(epoch FROM now())::float8")
    assert now - 60 < shown.of(vacuum.PG_AUTOVACUUM_STARTED, _CRATES)[0] <= now
    limits = (vacuum.PG_VACUUM_MOST_DEAD_ROWS, vacuum.PG_VACUUM_MOST_DEAD_SIZE)
    # The one is of PostgreSQL 16 and older, the other of newer ones.
    assert sum(len(shown.of(metric, _CRATES)) for metric in limits) == 1
