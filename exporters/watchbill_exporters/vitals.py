"""What is said of every target, whatever its kind, under that kind's prefix."""

from collections.abc import Iterator
from dataclasses import dataclass

from watchbill.catalogue import Counter, Gauge
from watchbill_exporters.collector import Measured, Reading, series, single
from watchbill_exporters.reason import TargetDown


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The metrics of a kind of target that describe the probe itself, and the one that names missing rights.

    A kind without connections has no `connect`.
    """

    up: Gauge
    up_reason: Gauge
    duration: Gauge
    ping: Gauge
    error: Gauge
    collector_success: Gauge
    collector_duration: Gauge
    collector_age: Gauge
    collector_dropped: Gauge
    permission: Gauge
    connect: Gauge | None = None
    scrapes: Counter | None = None

    def measured(
        self, outcome: Reading | TargetDown, *, seconds: float, number: int = 1, connecting: float | None = None
    ) -> Iterator[Measured]:
        """The outcome of a target's nth probe, which took so many seconds; a target that is down has little to say."""
        yield single(self.up, float(isinstance(outcome, Reading)))
        yield single(self.duration, seconds)
        if self.scrapes is not None:
            yield single(self.scrapes, number)
        if isinstance(outcome, TargetDown):
            yield single(self.error, 1.0)
            yield series(self.up_reason, [((outcome.reason,), 1.0)])
            return
        if self.connect is not None and connecting is not None:
            yield single(self.connect, connecting)
        yield single(self.ping, outcome.ping_seconds)
        yield from self._of_collectors(outcome)
        for one in outcome.collected:
            yield from one.measured

    def _of_collectors(self, reading: Reading) -> Iterator[Measured]:
        collected = reading.collected
        yield single(self.error, float(any(one.fault is not None for one in collected)))
        succeeded = [((one.name,), float(one.fault is None and not one.awaited)) for one in collected]
        yield series(self.collector_success, succeeded)
        ended = [one for one in collected if not one.awaited]
        keys = [(one.name,) for one in ended]
        yield Measured(self.collector_duration, keys, [one.seconds for one in ended])
        yield Measured(self.collector_dropped, keys, [float(one.dropped) for one in ended])
        shown = [((one.name,), one.age) for one in ended if one.fault is None or one.measured]
        yield series(self.collector_age, shown)
