"""What a generated rule test feeds to an alert, and what must come of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from watchbill.catalogue import LE, Histogram, Label, Metric
from watchbill.catalogue.buckets import bound_text
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

    def lines(self, names: Names, steps: int) -> Iterator[tuple[str, str]]:
        """Its selector under a names profile, and its values."""
        yield self.text(names), self.values(steps)

    def text(self, names: Names) -> str:
        """Its selector, under a names profile."""
        pairs = ",".join(f"{names.label(label)}={quoted(value)}" for label, value in self.labels.items())
        return f"{names.metric(self.metric)}{self.suffix}{{{pairs}}}"


@dataclass(frozen=True, slots=True)
class Buckets:
    """All buckets of a histogram with some labels; `values` are those of a bucket by its bound."""

    metric: Histogram
    labels: Mapping[Label, str]
    bounds: tuple[float, ...]
    values: Callable[[float], Values]

    @property
    def first(self) -> Series:
        """The bucket of the lowest bound."""
        return self._of(self.bounds[0])

    def lines(self, names: Names, steps: int) -> Iterator[tuple[str, str]]:
        """The selector of each bucket under a names profile, and its values."""
        for bound in (*self.bounds, float("inf")):
            yield from self._of(bound).lines(names, steps)

    def _of(self, bound: float) -> Series:
        return Series(self.metric, {**self.labels, LE: bound_text(bound)}, self.values(bound), "_bucket")


Fed = tuple[Series | Buckets, ...]
"""What a test feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test. `fires` are the labels that the firing alert carries from its expression; None when it stays silent.

    `settle` are the steps it runs besides the alert's `for`, or all of them where the alert is asked `at` a step.
    """

    case: Case
    series: Fed = ()
    fires: Mapping[Label, str] | None = None
    settle: int = SETTLE
    at: int | None = None


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
