"""Panels flow from left to right."""

from dataclasses import dataclass

from watchbill_dashboards.grid import Place, flow


@dataclass(frozen=True)
class Box:
    width: int
    height: int


def test_what_does_not_fit_starts_a_line_under_the_highest() -> None:
    places, bottom = flow([Box(12, 4), Box(12, 8), Box(6, 3)], top=5)
    assert places == [Place(0, 5, 12, 4), Place(12, 5, 12, 8), Place(0, 13, 6, 3)]
    assert bottom == 16


def test_no_panels_take_no_room() -> None:
    assert flow([], top=7) == ([], 7)
