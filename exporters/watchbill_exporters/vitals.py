"""What is said of every target, whatever its kind, under that kind's prefix."""

from collections.abc import Iterator
from dataclasses import dataclass

from watchbill.catalogue import Gauge
from watchbill.exposition import Family
from watchbill_exporters.collector import Reading
from watchbill_exporters.reason import TargetDown


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The metrics of a kind of target that describe the probe itself, and the one that names missing rights."""

    up: Gauge
    up_reason: Gauge
    duration: Gauge
    ping: Gauge
    collector_success: Gauge
    collector_duration: Gauge
    permission: Gauge

    def families(self, outcome: Reading | TargetDown, seconds: float) -> Iterator[Family]:
        """A probe's outcome after so many seconds; a target that is down has no series beside these."""
        yield Family.of(self.up, [((), float(isinstance(outcome, Reading)))])
        yield Family.of(self.duration, [((), seconds)])
        if isinstance(outcome, TargetDown):
            yield Family.of(self.up_reason, [((outcome.reason,), 1.0)])
            return
        yield Family.of(self.ping, [((), outcome.ping_seconds)])
        success = [((one.name,), float(one.fault is None)) for one in outcome.collected]
        yield Family.of(self.collector_success, success)
        yield Family.of(self.collector_duration, [((one.name,), one.seconds) for one in outcome.collected])
        for one in outcome.collected:
            yield from one.families
