"""What one probe of a target found."""

from dataclasses import dataclass

from watchbill_exporters.collector import Measured, Reading
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.vitals import Vitals


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking a target for the nth time, and how many seconds it took, and connecting took."""

    vitals: Vitals
    outcome: Reading | TargetDown
    seconds: float
    number: int = 1
    connecting: float | None = None

    def measured(self) -> tuple[Measured, ...]:
        """The probe as metrics."""
        found = self.vitals.measured(self.outcome, seconds=self.seconds, number=self.number, connecting=self.connecting)
        return tuple(found)

    @property
    def is_up(self) -> bool:
        """Whether the target answered."""
        return isinstance(self.outcome, Reading)

    @property
    def dropped(self) -> int:
        """Series that collectors read and left out."""
        return sum(one.dropped for one in self.outcome.collected) if isinstance(self.outcome, Reading) else 0

    @property
    def missing_rights(self) -> tuple[str, ...]:
        """Rights that the exporter's account lacks on the target."""
        if isinstance(self.outcome, TargetDown):
            return ()
        known = (
            right
            for one in self.outcome.collected
            for measured in one.measured
            if measured.metric is self.vitals.permission
            for right in zip(measured.keys, measured.values, strict=True)
        )
        return tuple(key[0] for key, granted in known if not granted)
