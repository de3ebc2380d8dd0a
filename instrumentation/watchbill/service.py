"""A service: who owns it, what it uses, what it promises."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from watchbill.catalogue import METRICS
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.dependency import Dependency, is_address
from watchbill.names import Names
from watchbill.objective import Latency, Objective
from watchbill.problem import Declared, Problem, is_a
from watchbill.team import NAME_RULE, Team, is_name
from watchbill.threshold import Threshold


@dataclass(frozen=True)
class Service(Declared):
    """One deployable service.

    `targets` are host:port of the processes to scrape. `latency_bounds` are the bucket bounds, in seconds, of its
    latency histograms; by default OpenTelemetry's, plus the thresholds of its own latency objectives, so that
    every objective can be read exactly. `tier` is 1 for what the business stands on, 3 for what can wait.
    """

    name: str
    team: Team = field(kw_only=True)
    tier: int = field(default=3, kw_only=True)
    env: str = field(default="production", kw_only=True)
    uses: Sequence[Dependency] = field(default=(), kw_only=True)
    objectives: Sequence[Objective] = field(default=(), kw_only=True)
    thresholds: Sequence[Threshold] = field(default=(), kw_only=True)
    targets: Sequence[str] = field(default=(), kw_only=True)
    metrics_path: str = field(default="/metrics", kw_only=True)
    names: Names = field(default_factory=Names.classic, kw_only=True)
    latency_bounds: Sequence[float] = field(default=(), kw_only=True)

    @property
    def latency_buckets(self) -> tuple[float, ...]:
        """Bucket bounds of its latency histograms, in seconds."""
        if self.latency_bounds:
            return tuple(sorted(self.latency_bounds))
        wanted = {float(one.seconds) for one in self.objectives if isinstance(one, Latency) and one.seconds > 0}
        return tuple(sorted(wanted | set(HTTP_SECONDS)))

    def problems(self) -> Iterator[Problem]:
        yield from self._problems_of_itself()
        if is_a(self.team, Team):
            yield from self.team.problems()
        else:
            yield self.problem(f"team={self.team!r} is no Team", "give the Team that owns the service")
        yield from self._problems_of_members("uses", self.uses, Dependency)
        yield from self._problems_of_members("objectives", self.objectives, Objective)
        yield from self._problems_of_members("thresholds", self.thresholds, Threshold)
        yield from self._buckets_missing()
        for fault in self.names.faults(METRICS):
            yield self.problem(f"names of service {self.name!r}: {fault}", "rename what exists, to a free name")

    def _problems_of_itself(self) -> Iterator[Problem]:
        if not is_name(self.name):
            yield self.problem(f"{self.name!r} is no service name", NAME_RULE)
        if not is_name(self.env):
            yield self.problem(f"{self.env!r} is no environment name", NAME_RULE)
        if self.tier not in {1, 2, 3}:
            yield self.problem(f"service {self.name!r} has tier={self.tier!r}", "use 1, 2 or 3")
        for target in self.targets:
            if not is_address(target):
                yield self.problem(f"{target!r} is no target", "give host:port of a process, without http://")

    def _problems_of_members(self, role: str, members: Sequence[Declared], kind: type[Declared]) -> Iterator[Problem]:
        names: set[object] = set()
        for member in members:
            if not is_a(member, kind):
                yield self.problem(f"{role} of service {self.name!r} holds {member!r}", f"only a {kind.__name__} fits")
                continue
            yield from member.problems()
            name = getattr(member, "name", None)
            if name is not None and name in names:
                yield member.problem(
                    f"service {self.name!r} declares {name!r} twice in {role}",
                    "remove one, or give it another name",
                )
            names.add(name)

    def _buckets_missing(self) -> Iterator[Problem]:
        bounds = self.latency_buckets
        for objective in self.objectives:
            if isinstance(objective, Latency) and objective.seconds > 0 and objective.seconds not in bounds:
                wanted = objective.seconds
                nearest = min(bounds, key=lambda bound: abs(bound - wanted))
                yield objective.problem(
                    f"{wanted:g} s is no bucket bound of service {self.name!r}, so it cannot be measured",
                    f"add it to latency_bounds, or use the nearest bound, {nearest:g}",
                )
