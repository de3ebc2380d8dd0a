"""Panels flow from left to right."""

from dataclasses import dataclass

from watchbill_dashboards.grid import Cell, flow


@dataclass(frozen=True)
class Box:
    width: int
    height: int


def test_what_does_not_fit_starts_a_line_under_the_highest() -> None:
    places, bottom = flow([Box(12, 4), Box(12, 8), Box(6, 3)], top=5)
    assert places == [Cell(0, 5, 12, 4), Cell(12, 5, 12, 8), Cell(0, 13, 6, 3)]
    assert bottom == 16


def test_no_panels_take_no_room() -> None:
    assert flow([], top=7) == ([], 7)
