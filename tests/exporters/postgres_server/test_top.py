"""More tables than are shown: the rest is summed, and no sum goes back."""

from tests.exporters.postgres_server.garage import GARAGE, Garage, Shown
from tests.exporters.postgres_server.scraping import target_of
from tests.exporters.probing import Exporter
from tests.plugins.programs import wait_until
from watchbill.catalogue.postgres_server import indexes, probe, table_io, tables
from watchbill.catalogue.postgres_server.tables import PG_SCHEMA, PG_TABLE

_REST = {PG_SCHEMA: "", PG_TABLE: "other"}
_SUM = "SELECT sum({})::float8 FROM pg_stat_user_tables"
_INSERTED = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'routes'"


async def test_the_largest_and_the_busiest_are_shown_and_the_rest_is_summed(garage: Garage) -> None:
    target = target_of(garage.server, database=GARAGE, tables=3, indexes=2)
    async with Exporter(target) as exporter:
        shown = Shown((await exporter.probe(target.name)).text)
    live = shown.by(tables.PG_TABLE_LIVE_ROWS)
    assert {"parcels", "letters", "other"} < {key[1] for key in live}
    assert len(live) == 4
    assert sum(live.values()) == garage.says(_SUM.format("n_live_tup"))
    assert shown.of(tables.PG_TABLE_INSERTED, _REST) == [0]
    assert shown.of(tables.PG_TABLE_LAST_VACUUM, _REST) == []
    assert {key[1] for key in shown.by(indexes.PG_INDEX_SCANS)} == {"other", "parcels_pkey", "parcels_shelf_weighed"}
    assert len(shown.of(table_io.PG_TABLE_HEAP_HIT)) == 4
    assert shown.of(probe.PG_COLLECTOR_DROPPED, {}) == [0] * len(shown.of(probe.PG_COLLECTOR_DROPPED))


async def test_a_counter_of_the_rest_grows_by_what_happened_and_never_falls(garage: Garage) -> None:
    server = garage.server
    target = target_of(server, database=GARAGE, tables=3)
    server.execute("CREATE TABLE passing AS SELECT n FROM generate_series(1, 90) AS n", GARAGE)

    async def rest(exporter: Exporter) -> list[float]:
        shown = Shown((await exporter.probe(target.name)).text)
        return shown.of(tables.PG_TABLE_INSERTED, _REST)

    async with Exporter(target) as exporter:
        assert await rest(exporter) == [0]
        inserted = garage.says(_INSERTED)
        server.execute(f"INSERT INTO routes SELECT {inserted:.0f} + n FROM generate_series(1, 7) AS n", GARAGE)  # noqa: S608  # of the test's own
        wait_until(lambda: garage.says(_INSERTED) == inserted + 7, "the server counts the rows")
        assert await rest(exporter) == [7]
        server.execute("DROP TABLE passing", GARAGE)
        assert await rest(exporter) == [7]


async def test_a_schema_that_is_dropped_meanwhile_takes_nothing_else_along(garage: Garage) -> None:
    target = target_of(garage.server, database=GARAGE)
    with garage.server.connect(GARAGE) as other:
        other.execute(b"CREATE SCHEMA passing")
        for number in range(20):
            other.execute(f"CREATE TABLE passing.t{number} (id int PRIMARY KEY)".encode())
        async with Exporter(target) as exporter:
            assert Shown((await exporter.probe(target.name)).text).of(probe.PG_SCRAPE_ERROR) == [0]
            other.execute(b"BEGIN; DROP SCHEMA passing CASCADE")
            during = Shown((await exporter.probe(target.name)).text)
            other.execute(b"COMMIT")
            after = Shown((await exporter.probe(target.name)).text)
        assert during.of(probe.PG_UP) == after.of(probe.PG_UP) == [1]
        assert during.of(probe.PG_SCRAPE_ERROR) == after.of(probe.PG_SCRAPE_ERROR) == [0]
        assert after.of(tables.PG_TABLE_LIVE_ROWS, {PG_SCHEMA: "passing"}) == []
