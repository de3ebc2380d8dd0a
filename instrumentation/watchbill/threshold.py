"""Thresholds: a level that is wrong for long enough to tell someone, whatever the budget."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from watchbill import duration
from watchbill.burn_rate import SEVERITIES, Severity
from watchbill.objective import exact, is_exact
from watchbill.problem import Declared, Problem


@dataclass(frozen=True)
class Threshold(Declared):
    """A limit on a value and how long it may be exceeded. Use `max_error_ratio` or `max_latency`."""

    limit: Decimal
    pending: str = field(default="5m", kw_only=True)
    severity: Severity = field(default="warning", kw_only=True)

    @property
    def name(self) -> str:
        """What tells it apart from the other thresholds of its service."""
        return f"threshold ({self.severity})"

    def problems(self) -> Iterator[Problem]:
        if type(self) is Threshold:
            yield self.problem(
                "a Threshold alone does not say what is limited", "use max_error_ratio(…) or max_latency(…)"
            )
        if not is_exact(self.limit):
            yield self.problem(f"a limit of {self.limit!r} is no number", "give a number, such as 0.01")
        elif self.limit <= 0:
            yield self.problem(f"a limit of {self.limit:f} is always exceeded", "give a limit above 0")
        if self.severity not in SEVERITIES:
            yield self.problem(f"{self.severity!r} is no severity", "use critical, warning or info")
        if not _is_duration(self.pending):
            yield self.problem(
                f"{self.pending!r} is no Prometheus duration", 'give for_="5m", "1h30m" or the like, or "0s"'
            )


@dataclass(frozen=True)
class MaxErrorRatio(Threshold):
    """The share of requests that end in a server error, 0 to 1."""

    @property
    def name(self) -> str:
        return f"max_error_ratio ({self.severity})"

    def problems(self) -> Iterator[Problem]:
        yield from Threshold.problems(self)
        if is_exact(self.limit) and self.limit >= 1:
            yield self.problem(
                f"an error ratio never exceeds {self.limit:f}", "give a ratio below 1: one percent is 0.01"
            )


@dataclass(frozen=True)
class MaxLatency(Threshold):
    """A percentile (0 to 100) of the time to the last byte, in seconds."""

    percentile: Decimal = field(kw_only=True)

    @property
    def name(self) -> str:
        percentile = self.percentile.normalize() if is_exact(self.percentile) else self.percentile
        return f"max_latency of percentile {_shown(percentile)} ({self.severity})"

    def problems(self) -> Iterator[Problem]:
        yield from Threshold.problems(self)
        if not is_exact(self.percentile) or not 0 < self.percentile < 100:
            yield self.problem(
                f"there is no percentile {_shown(self.percentile)}", "give one between 0 and 100, such as 95"
            )


def _is_duration(value: object) -> bool:
    try:
        return isinstance(value, str) and duration.seconds(value) >= 0
    except ValueError:
        return False


def _shown(value: Decimal) -> str:
    return f"{value:f}" if is_exact(value) else repr(value)


def max_error_ratio(ratio: float | str, *, for_: str = "5m", severity: Severity = "warning") -> MaxErrorRatio:
    """Tell when more than this share of requests fails: `max_error_ratio(0.01)`."""
    return MaxErrorRatio(exact(ratio), pending=for_, severity=severity)


def max_latency(
    seconds: float | str, *, percentile: float | str = 95, for_: str = "5m", severity: Severity = "warning"
) -> MaxLatency:
    """Tell when a percentile of answers takes longer: `max_latency(2.0, percentile=95)`."""
    return MaxLatency(exact(seconds), pending=for_, severity=severity, percentile=exact(percentile))
