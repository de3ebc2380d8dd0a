"""The seam between the frame and a kind of target."""

from typing import Protocol

from watchbill_exporters.collector import Reading
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.vitals import Vitals


class Session(Protocol):
    """A signed-in connection to a target, used by one probe at a time."""

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """Everything there is to read; raises TargetDown when the target gives no sign of life by `ping`."""
        ...

    async def close(self) -> None:
        """Drops the connection at once, without waiting for the target."""
        ...


class Driver(Protocol):
    """Opens sessions with one target."""

    @property
    def vitals(self) -> Vitals: ...

    async def connect(self, deadline: Deadline) -> Session:
        """Connects and signs in; raises TargetDown."""
        ...
