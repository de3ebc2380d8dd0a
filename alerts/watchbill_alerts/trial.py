"""What a generated rule test feeds to an alert, and what must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from watchbill.catalogue import Label, Metric
from watchbill.expression.selector import quoted
from watchbill.names import Names

STEP = 60
"""Seconds between two samples of a test; rates over 5 minutes then see five of them."""
SETTLE = 6
"""Steps a test runs before an alert without `for` is asked for."""

Values = Callable[[int], str]


class Case(Enum):
    """What every alert is tested for."""

    FIRES = "fires"
    HEALTHY = "stays silent when healthy"
    NEVER_EXISTED = "stays silent when the target never existed"


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a test; `suffix` is that of a histogram's part."""

    metric: Metric
    labels: Mapping[Label, str]
    values: Values
    suffix: str = ""

    def text(self, names: Names) -> str:
        """Its selector, under a names profile."""
        pairs = ",".join(f"{names.label(label)}={quoted(value)}" for label, value in self.labels.items())
        return f"{names.metric(self.metric)}{self.suffix}{{{pairs}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test. `fires` are the labels that the firing alert carries from its expression; None when it stays silent."""

    case: Case
    series: tuple[Series, ...] = ()
    fires: Mapping[Label, str] | None = None


def never_existed(fires: Mapping[Label, str] | None = None) -> Trial:
    """No series at all."""
    return Trial(case=Case.NEVER_EXISTED, fires=fires)


def level(value: float) -> Values:
    """The same value all the time."""
    return lambda steps: f"{value:g}+0x{steps}"


def growing(by: int) -> Values:
    """A counter that grows at every step."""
    return lambda steps: f"0+{by}x{steps}"


def blip(value: float, instead: float) -> Values:
    """The same value all the time but once, early on."""
    return lambda steps: f"{value:g}+0x1 {instead:g} {value:g}+0x{steps - 3}"


def flapping(*pattern: float) -> Values:
    """A pattern over and over."""
    return lambda steps: " ".join(f"{pattern[step % len(pattern)]:g}" for step in range(steps + 1))
