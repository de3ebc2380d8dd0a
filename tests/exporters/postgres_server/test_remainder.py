"""What is left of a bound that several databases share."""

from tests.exporters.postgres_server.garage import STRANGE
from watchbill.catalogue.postgres_server import tables
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.remainder import Growth, Remainder
from watchbill_exporters.postgres_server.table import Table

_LABELS = ("datname", "schemaname", "relname")


def _remainder(most: int) -> Remainder:
    metrics = {
        "live": tables.PG_TABLE_LIVE_ROWS,
        "inserted": tables.PG_TABLE_INSERTED,
        "vacuumed": tables.PG_TABLE_LAST_VACUUM,
    }
    return Remainder(metrics, _LABELS, ("", "other"), most)


def _table(*found: tuple[str, str, float, float]) -> Table:
    """Rows of a database, a table, its live and its inserted rows."""
    return Table(
        {
            "datname": [row[0] for row in found],
            "schemaname": ["public"] * len(found),
            "relname": [row[1] for row in found],
            "whole": [0.0] * len(found),
            "live": [row[2] for row in found],
            "inserted": [row[3] for row in found],
            "vacuumed": [1_700_000_000.0] * len(found),
        }
    )


def _shown(measured: list[Measured], column: int) -> dict[tuple[str, str], float]:
    return {(key[0], key[2]): value for key, value in zip(measured[column].keys, measured[column].values, strict=True)}


def test_each_database_keeps_an_equal_share_and_the_sum_of_the_rest() -> None:
    found = _table(("shop", "a", 5, 9), ("shop", "b", 3, 9), ("shop", "c", 2, 9), ("log", STRANGE, 1, 1))
    measured = _remainder(2).measured(found)
    assert _shown(measured, 0) == {("shop", "a"): 5, ("log", STRANGE): 1, ("shop", "other"): 5}
    assert _shown(measured, 1) == {("shop", "a"): 9, ("log", STRANGE): 1, ("shop", "other"): 0}
    assert _shown(measured, 2) == {("shop", "a"): 1_700_000_000, ("log", STRANGE): 1_700_000_000}


def test_a_table_that_changes_places_with_the_rest_makes_no_jump() -> None:
    remainder = _remainder(1)
    remainder.measured(_table(("shop", "a", 5, 1000), ("shop", "b", 4, 90)))
    swapped = remainder.measured(_table(("shop", "b", 6, 97), ("shop", "a", 5, 1002)))
    assert _shown(swapped, 1) == {("shop", "b"): 97, ("shop", "other"): 9}
    dropped = remainder.measured(_table(("shop", "b", 6, 98), ("shop", "c", 1, 1)))
    assert _shown(dropped, 1) == {("shop", "b"): 98, ("shop", "other"): 9}


def test_databases_that_come_and_go_are_forgotten() -> None:
    remainder, growth = _remainder(1), Growth()
    for inserted in (1000, 1007):
        shown = _shown(remainder.measured(_table(("shop", "a", 5, 9), ("shop", "b", 4, inserted))), 1)
        counted = growth.counted(("shop",), inserted)
    assert shown["shop", "other"] == counted == 7
    for number in range(100):
        remainder.measured(_table((f"run_{number}", "a", 5, 9), (f"run_{number}", "b", 4, 9)))
        growth.counted((f"run_{number}",), 9)
    again = _shown(remainder.measured(_table(("shop", "a", 5, 9), ("shop", "b", 4, 1010))), 1)
    assert again["shop", "other"] == growth.counted(("shop",), 1010) == 0


def test_where_everything_fits_there_is_no_rest() -> None:
    found = _table(("shop", "a", 5, 9), ("log", "b", 3, 9))
    assert _shown(_remainder(2).measured(found), 0) == {("shop", "a"): 5, ("log", "b"): 3}


def test_the_largest_keep_their_order() -> None:
    found = Table({"size": [3.0, None, 9.0, 4.0], "name": ["a", "b", "c", "d"]})
    assert largest(found, "size", 2).texts("name") == ["c", "d"]
    assert largest(found, "size", 4) is found
