"""Where the state of queues is read: a broker, or what a home-made queue says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

DEFAULT_PRIORITY = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReading:
    """The state of one queue; None is what its broker cannot tell.

    `depth` is the number of messages that are due and not taken, by priority; `oldest` the seconds that the first of
    them has been due; `scheduled` those that wait for their ETA or a retry's delay; `prefetched` those that workers
    have taken and not begun; `workers` who takes messages.
    """

    queue: str
    depth: Mapping[str, int]
    oldest: float | None = None
    scheduled: int | None = None
    prefetched: int | None = None
    workers: int | None = None


class Source(Protocol):
    """Reads some queues. `read` is called every few seconds, in a thread, never twice at once.

    It may raise, and should give up after two seconds or so. Processes are forked: `close` is called in a child whose
    parent has read, and what `read` needs is opened anew.
    """

    @property
    def name(self) -> str:
        """What every process calls it that would read the same: of these one reads."""
        ...

    @property
    def queues(self) -> Sequence[str]:
        """The queues it reads, as far as it knows."""
        ...

    def read(self) -> Iterable[QueueReading]:
        """The state now."""
        ...

    def close(self) -> None:
        """Gives back connections. In a forked child they are the parent's: nothing may be sent."""
        ...
