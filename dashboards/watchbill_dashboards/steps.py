"""Colours by level: where a value stops being good."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

Colour = Literal["green", "yellow", "orange", "red", "blue", "purple", "text"]


class Level(NamedTuple):
    """A value, in the panel's unit, and the colour from it upwards."""

    value: float | Decimal
    colour: Colour

    @property
    def exact(self) -> Decimal:
        """The value as written."""
        return Decimal(str(self.value))


@dataclass(frozen=True, slots=True)
class Steps:
    """The colour below every level, and the colour from each level upwards. Levels ascend, none stands twice."""

    base: Colour = "text"
    levels: tuple[Level, ...] = ()

    @classmethod
    def ceiling(cls, *levels: Level) -> "Steps":
        """Good below the lowest level; where two levels are equal, the last given counts."""
        return cls("green", _ascending(levels))

    @classmethod
    def floor(cls, *levels: Level) -> "Steps":
        """Bad below the lowest level."""
        return cls("red", _ascending(levels))

    def scaled(self, factor: int) -> "Steps":
        """The same steps for a value multiplied by a factor."""
        return Steps(self.base, tuple(Level(level.exact * factor, level.colour) for level in self.levels))

    def to_json_data(self) -> dict[str, object]:
        """Grafana's thresholds."""
        steps: list[dict[str, object]] = [{"color": self.base, "value": None}]
        steps.extend({"color": level.colour, "value": float(level.value)} for level in self.levels)
        return {"mode": "absolute", "steps": steps}


PLAIN = Steps()
"""No level: the value is neither good nor bad."""


def _ascending(levels: Iterable[Level]) -> tuple[Level, ...]:
    by_value = {level.exact: level for level in levels}
    return tuple(by_value[value] for value in sorted(by_value))
