"""The seam between the frame and a kind of target."""

from collections.abc import Mapping
from typing import Protocol

from watchbill_exporters.collector import Collected, Reading
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.vitals import Vitals


class Session(Protocol):
    """A signed-in connection to a target, used by one reader at a time."""

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """All quick collectors; raises TargetDown when the target gives no sign of life by `ping`."""
        ...

    async def close(self) -> None:
        """Drops the connection at once, without waiting for the target."""
        ...


class SlowSession(Session, Protocol):
    """A session of a driver that has clocks."""

    async def read_slowly(self, name: str, deadline: Deadline) -> Collected:
        """One collector that has a clock of its own; raises TargetDown when the connection is lost."""
        ...


class Driver(Protocol):
    """Opens sessions with one target."""

    @property
    def vitals(self) -> Vitals: ...

    @property
    def clocks(self) -> Mapping[str, float]:
        """Collectors that are too slow for each probe, and the seconds between two readings of each.

        A driver that has any opens sessions that are SlowSessions.
        """
        ...

    async def connect(self, deadline: Deadline) -> Session:
        """Connects and signs in; raises TargetDown."""
        ...

    async def close(self) -> None:
        """Lets go of what the driver holds beside its sessions."""
        ...
