"""Where panels stand: rows of Grafana's grid, 24 units wide."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

WIDTH = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle of the grid: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    def to_json_data(self) -> dict[str, int]:
        """Grafana's gridPos."""
        return asdict(self)


class Sized(Protocol):
    """Something with a width and a height."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


def flow(sizes: Sequence[Sized], top: int) -> tuple[list[Cell], int]:
    """Cells from left to right and then below, and the first free line under them."""
    places: list[Cell] = []
    x, y, line = 0, top, 0
    for size in sizes:
        if x + size.width > WIDTH:
            x, y, line = 0, y + line, 0
        places.append(Cell(x, y, size.width, size.height))
        x, line = x + size.width, max(line, size.height)
    return places, y + line
