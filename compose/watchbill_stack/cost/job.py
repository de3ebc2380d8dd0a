"""One scrape job, or the rules of one pace: targets that have the same metrics."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from watchbill_stack.cost.estimate import Estimate

Kind = Literal["service", "dependency", "exporter", "rules"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """`interval` is the seconds between two samples of a series. `service`, `env` and `dependency` are target labels.

    `targets` counts them; 0 in the stack file, where somebody else finds them, counts as 1. What rules write has no
    target, and counts once.
    """

    kind: Kind
    name: str
    interval: float
    estimates: tuple[Estimate, ...]
    service: str = ""
    env: str = ""
    dependency: str = ""
    addresses: tuple[str, ...] = ()

    @cached_property
    def targets(self) -> int:
        """How many targets are counted."""
        return len(self.addresses) or 1

    @property
    def owner(self) -> str:
        """The service, dependency or job that its series belong to."""
        return self.service or self.dependency or self.name

    @cached_property
    def series(self) -> int:
        """Series of all its targets at worst."""
        return self.targets * sum(one.most for one in self.estimates)

    @cached_property
    def likely(self) -> int:
        """Series of all its targets to be expected, of those metrics of which the stack file tells enough."""
        return self.targets * sum(one.likely or 0 for one in self.estimates)

    @cached_property
    def untold(self) -> int:
        """How many of its metrics have no expectation."""
        return sum(one.likely is None for one in self.estimates)

    @property
    def samples_per_second(self) -> float:
        """Samples that all its targets give at worst."""
        return self.series / self.interval

    @property
    def likely_samples_per_second(self) -> float:
        """Samples that all its targets give as far as can be expected."""
        return self.likely / self.interval
