"""Ages of databases and tables, and how fast they grow."""

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage, Shown
from tests.exporters.postgres_server.scraping import scraped
from watchbill.catalogue.postgres_server import wraparound as catalogue
from watchbill_exporters.postgres_server.wraparound import Pace

_AGE = f"SELECT age(datfrozenxid) FROM pg_database WHERE datname = '{GARAGE}'"  # noqa: S608  # of the test's own
_OLDEST = "SELECT max(age(relfrozenxid)) FROM pg_class WHERE relkind IN ('r', 'm') AND relfrozenxid <> '0'::xid"
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8"


async def test_ages_and_headroom_are_what_the_server_says(garage: Garage) -> None:
    before = [garage.says(query) for query in (_AGE, _OLDEST, _NEXT)]
    shown = Shown(await scraped(garage.server, database=GARAGE))
    after = [garage.says(query) for query in (_AGE, _OLDEST, _NEXT)]
    (age,), (given_out,) = shown.of(catalogue.PG_DATABASE_AGE), shown.of(catalogue.PG_TRANSACTIONS)
    oldest = max(shown.of(catalogue.PG_TABLE_AGE))
    for low, value, high in zip(before, (age, oldest, given_out), after, strict=True):
        assert low <= value <= high
    assert shown.of(catalogue.PG_HEADROOM_TRANSACTIONS) == [2**31 - 1 - 3_000_000 - age]
    assert shown.of(catalogue.PG_HEADROOM_SECONDS) == []


def test_reading_the_counter_takes_no_transaction_id(garage: Garage) -> None:
    assert garage.says(_NEXT) == garage.says(_NEXT)


@pytest.mark.parametrize(
    ("marks", "pace"),
    [
        ([(0, 100)], None),
        ([(0, 100), (59, 200)], None),
        ([(0, 100), (60, 220)], 2.0),
        ([(0, 100), (60, 100)], 0.0),
        # The start of the last hour counts.
        ([(0, 0), (3_600, 3_600), (7_200, 10_800)], 2.0),
        # After a switch to another server, whose counter is lower, a minute goes by again.
        ([(0, 100), (60, 220), (75, 10)], None),
    ],
)
def test_the_pace_is_that_of_the_last_hour(marks: list[tuple[float, float]], pace: float | None) -> None:
    kept = Pace()
    assert [kept.per_second(at, number) for at, number in marks][-1] == pace
