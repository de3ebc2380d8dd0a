"""Thresholds: a level that is wrong for long enough to tell someone, whatever the budget."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from watchbill import duration
from watchbill.burn_rate import Severity
from watchbill.objective import exact
from watchbill.problem import Declared, Problem


@dataclass(frozen=True)
class Threshold(Declared):
    """A limit on a value and how long it may be exceeded. Use `max_error_ratio` or `max_latency`."""

    limit: Decimal
    pending: str = field(default="5m", kw_only=True)
    severity: Severity = field(default="warning", kw_only=True)

    def problems(self) -> Iterator[Problem]:
        if self.limit <= 0:
            yield self.problem(f"a limit of {self.limit} is always exceeded", "give a limit above 0")
        if self.severity not in {"critical", "warning", "info"}:
            yield self.problem(f"{self.severity!r} is no severity", "use critical, warning or info")
        try:
            duration.seconds(self.pending)
        except ValueError as error:
            yield self.problem(str(error), 'give for_="5m" or the like')


@dataclass(frozen=True)
class MaxErrorRatio(Threshold):
    """The share of requests that end in a server error, 0 to 1."""

    def problems(self) -> Iterator[Problem]:
        yield from Threshold.problems(self)
        if self.limit >= 1:
            yield self.problem(
                f"an error ratio never exceeds {self.limit}", "give a ratio below 1: one percent is 0.01"
            )


@dataclass(frozen=True)
class MaxLatency(Threshold):
    """A percentile (0 to 100) of the time to the last byte, in seconds."""

    percentile: Decimal = field(kw_only=True)

    def problems(self) -> Iterator[Problem]:
        yield from Threshold.problems(self)
        if not 0 < self.percentile < 100:
            yield self.problem(f"there is no percentile {self.percentile}", "give one between 0 and 100, such as 95")


def max_error_ratio(ratio: float | str, *, for_: str = "5m", severity: Severity = "warning") -> MaxErrorRatio:
    """Tell when more than this share of requests fails: `max_error_ratio(0.01)`."""
    return MaxErrorRatio(exact(ratio), pending=for_, severity=severity)


def max_latency(
    seconds: float | str, *, percentile: float | str = 95, for_: str = "5m", severity: Severity = "warning"
) -> MaxLatency:
    """Tell when a percentile of answers takes longer: `max_latency(2.0, percentile=95)`."""
    return MaxLatency(exact(seconds), pending=for_, severity=severity, percentile=exact(percentile))
