"""A service: who owns it, what it uses, what it promises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchbill.cardinality import budget_faults, limit_faults
from watchbill.catalogue import METRICS
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Metric
from watchbill.chart import Chart
from watchbill.dependency import Dependency, Postgres, Redis, is_address, shown_address
from watchbill.names import Names
from watchbill.objective import Latency, Objective, is_exact, is_time
from watchbill.own_alert import OwnAlert, clashes
from watchbill.own_metrics import problems_of
from watchbill.problem import Declared, Problem, is_a, is_list
from watchbill.team import NAME_RULE, Team, is_name
from watchbill.threshold import MaxLatency, Threshold

TAKEN_NAMES = frozenset({"stack", "exporter", "prometheus", "alertmanager", Redis.kind, Postgres.kind})
"""Scrape jobs and the rule file of the stack itself."""


@dataclass(frozen=True)
class Service(Declared):
    """One deployable service.

    `targets` are host:port of the processes to scrape. `latency_bounds` are the bucket bounds, in seconds, of its
    latency histograms; by default OpenTelemetry's, plus the thresholds of its own latency objectives, so that
    every objective can be read exactly. `tier` is 1 for what the business stands on, 3 for what can wait. `metrics`,
    `alerts` and `charts` are its own, beside the catalogue's and those that follow from all this. `label_limits` are
    the values that a label may take beside `_other`, where that is fewer than the catalogue allows; an Observability
    made from the service keeps to them. `series_budget` is how many series all its targets together may have at worst.
    """

    name: str
    team: Team = field(kw_only=True)
    tier: int = field(default=3, kw_only=True)
    env: str = field(default="production", kw_only=True)
    uses: Sequence[Dependency] = field(default=(), kw_only=True)
    objectives: Sequence[Objective] = field(default=(), kw_only=True)
    thresholds: Sequence[Threshold] = field(default=(), kw_only=True)
    metrics: Sequence[Metric] = field(default=(), kw_only=True)
    alerts: Sequence[OwnAlert] = field(default=(), kw_only=True)
    charts: Sequence[Chart] = field(default=(), kw_only=True)
    targets: Sequence[str] = field(default=(), kw_only=True)
    metrics_path: str = field(default="/metrics", kw_only=True)
    names: Names = field(default_factory=Names.classic, kw_only=True)
    latency_bounds: Sequence[float] = field(default=(), kw_only=True)
    label_limits: Mapping[Label, int] = field(default_factory=dict[Label, int], kw_only=True)
    series_budget: int | None = field(default=None, kw_only=True)

    @property
    def latency_buckets(self) -> tuple[float, ...]:
        """Bucket bounds of its latency histograms, in seconds."""
        if self.latency_bounds:
            return tuple(sorted(self.latency_bounds))
        wanted = {float(one.seconds) for one in self.objectives if isinstance(one, Latency) and is_time(one.seconds)}
        return tuple(sorted(wanted | set(HTTP_SECONDS)))

    def problems(self) -> Iterator[Problem]:
        yield from self._problems_of_itself()
        yield from self._problems_of_targets()
        if is_a(self.team, Team):
            yield from self.team.problems()
        else:
            yield self.problem(f"team={shown_address(self.team)} is no Team", "give the Team that owns the service")
        yield from self._problems_of_members("uses", self.uses, Dependency)
        yield from self._problems_of_members("objectives", self.objectives, Objective)
        yield from self._problems_of_members("thresholds", self.thresholds, Threshold)
        yield from self._problems_of_members("alerts", self.alerts, OwnAlert)
        yield from clashes(self.alerts if is_list(self.alerts) else ())
        yield from self._problems_of_members("charts", self.charts, Chart)
        yield from self._problems_of_metrics()
        yield from self._problems_of_bounds()
        yield from self._problems_of_names()
        yield from self._problems_of_cardinality()

    def _problems_of_itself(self) -> Iterator[Problem]:
        if not is_name(self.name):
            yield self.problem(f"{self.name!r} is no service name", NAME_RULE)
        elif self.name in TAKEN_NAMES:
            yield self.problem(f"{self.name!r} is a scrape job or rule file of the stack itself", "choose another name")
        if not is_name(self.env):
            yield self.problem(f"{self.env!r} is no environment name", NAME_RULE)
        if type(self.tier) is not int or self.tier not in (1, 2, 3):
            yield self.problem(f"service {self.name!r} has tier={self.tier!r}", "use 1, 2 or 3")
        if not is_a(self.metrics_path, str) or not self.metrics_path.startswith("/"):
            yield self.problem(f"metrics_path={self.metrics_path!r} is no path", 'give a path such as "/metrics"')

    def _problems_of_targets(self) -> Iterator[Problem]:
        if not is_list(self.targets):
            yield self._is_no_list("targets", self.targets)
            return
        for target in self.targets:
            if not is_address(target):
                yield self.problem(
                    f"{shown_address(target)} is no target", "give host:port of a process, without http://"
                )

    def _problems_of_members(self, role: str, members: Sequence[Declared], kind: type[Declared]) -> Iterator[Problem]:
        if not is_list(members):
            yield self._is_no_list(role, members)
            return
        earlier: list[object] = []
        for member in members:
            if not is_a(member, kind):
                yield self.problem(
                    f"{role} of service {self.name!r} holds {shown_address(member)}", f"only a {kind.__name__} fits"
                )
                continue
            yield from member.problems()
            identity: object = getattr(member, "name", member)
            if identity in earlier:
                yield member.problem(
                    f"service {self.name!r} declares {identity!r} twice in {role}", "keep one, or tell them apart"
                )
            earlier.append(identity)

    def _problems_of_bounds(self) -> Iterator[Problem]:
        if not is_list(self.latency_bounds):
            yield self._is_no_list("latency_bounds", self.latency_bounds)
            return
        wrong = [bound for bound in self.latency_bounds if not is_time(bound)]
        for bound in wrong:
            yield self.problem(
                f"latency_bounds of service {self.name!r} holds {bound!r}", "give numbers of seconds above 0"
            )
        if not wrong and len(set(self.latency_bounds)) < len(self.latency_bounds):
            yield self.problem(f"latency_bounds of service {self.name!r} holds a bound twice", "give each bound once")
        if not wrong and is_list(self.objectives):
            yield from self._buckets_missing()
            yield from self._limits_out_of_reach()

    def _buckets_missing(self) -> Iterator[Problem]:
        bounds = self.latency_buckets
        for objective in self.objectives:
            if isinstance(objective, Latency) and is_time(objective.seconds) and objective.seconds not in bounds:
                wanted = objective.seconds
                nearest = min(bounds, key=lambda bound: abs(bound - wanted))
                yield objective.problem(
                    f"{wanted:g} s is no bucket bound of service {self.name!r}, so it cannot be measured",
                    f"add it to latency_bounds, or use the nearest bound, {nearest:g}",
                )

    def _limits_out_of_reach(self) -> Iterator[Problem]:
        first, last = self.latency_buckets[0], self.latency_buckets[-1]
        for threshold in self.thresholds if is_list(self.thresholds) else ():
            if not isinstance(threshold, MaxLatency) or not is_exact(threshold.limit) or threshold.limit <= 0:
                continue
            limit = float(threshold.limit)
            if not first <= limit < last:
                outcome = "never" if limit >= last else "always"
                yield threshold.problem(
                    f"{limit:g} s is {outcome} exceeded: the histogram of service {self.name!r} tells times from"
                    f" {first:g} s to {last:g} s apart",
                    "give a limit in between, or latency_bounds around it",
                )

    def _problems_of_metrics(self) -> Iterator[Problem]:
        if not is_list(self.metrics):
            yield self._is_no_list("metrics", self.metrics)
            return
        for one in self.metrics:
            if not is_a(one, Metric):
                yield self.problem(f"metrics of service {self.name!r} holds {shown_address(one)}", "only a Metric fits")
        yield from problems_of(self.own_metrics)

    def _problems_of_names(self) -> Iterator[Problem]:
        if not is_a(self.names, Names):
            yield self.problem(f"names={self.names!r} is no names profile", 'give Names({"route": "endpoint"})')
            return
        # A metric that clashes has been told; under any names it would clash again.
        told = {problem.place for problem in problems_of(self.own_metrics)}
        own = {one.name: one for one in self.own_metrics if one.place not in told}
        for fault in self.names.faults({**METRICS, **own} if own else METRICS):
            yield self.problem(f"names of service {self.name!r}: {fault}", "rename what exists, to a free name")

    @property
    def own_metrics(self) -> tuple[Metric, ...]:
        """Those of `metrics` that are metrics: nobody type-checks a stack file."""
        return tuple(one for one in self.metrics if is_a(one, Metric)) if is_list(self.metrics) else ()

    def limit_faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with `label_limits`: each fault with its remedy."""
        yield from limit_faults(self.label_limits, (*METRICS.values(), *self.own_metrics), f"service {self.name!r}")

    def _problems_of_cardinality(self) -> Iterator[Problem]:
        for cause, remedy in (*budget_faults(self.series_budget, f"service {self.name!r}"), *self.limit_faults()):
            yield self.problem(cause, remedy)

    def _is_no_list(self, role: str, value: object) -> Problem:
        return self.problem(
            f"{role} of service {self.name!r} is {shown_address(value)}, not a list", f"write {role}=[…]"
        )
