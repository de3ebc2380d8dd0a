"""What rules and dashboards read: samples of an evaluation, and of a second."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from watchbill import duration
from watchbill.profile import Profile
from watchbill.promql import InvalidPromQL
from watchbill_alerts.alert import Alert
from watchbill_alerts.rule_group import RuleGroup
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.target import Target
from watchbill_stack.check.built import Built
from watchbill_stack.check.dashboard_sites import asked_of, variables
from watchbill_stack.cost.rule_file import RuleFile, RuleText, without_name
from watchbill_stack.cost.selection import selections
from watchbill_stack.cost.supply import Supply

SHOWN = 3_600.0
"""Seconds a dashboard shows when it is opened."""

Role = Literal["recording", "alert", "panel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One query of a rule or panel: `series` and `samples` are what one evaluation reads at worst.

    `interval` is the seconds between two evaluations, of a panel those between two refreshes of an open dashboard.
    A panel's samples are those of all its steps. `likely` is None where nothing tells. `unpredicted` are names of
    which nothing is known, and which count as nothing. `labels` are those a rule adds.
    """

    role: Role
    name: str
    group: str
    service: str
    interval: float
    series: int
    samples: int
    likely: int | None
    unpredicted: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The name, and what tells it apart from others of that name."""
        shown = ",".join(value for _, value in self.labels) if self.role == "recording" else ""
        return f"{self.name} ({shown})" if shown else self.name

    @property
    def samples_per_second(self) -> float:
        """Samples read each second, on average."""
        return self.samples / self.interval


@dataclass(frozen=True, slots=True)
class _Read:
    series: int
    samples: int
    likely: int | None
    unpredicted: tuple[str, ...]


class Reader:
    """Reads the expressions of what a stack is built to, against the predicted series."""

    def __init__(self, supply: Supply, profile: Profile) -> None:
        self._supply = supply
        self._profile = profile
        self._known: dict[tuple[int, str], _Read] = {}

    def rules(self, files: Iterable[RuleFile]) -> Iterator[Reading]:
        """Every rule, group by group."""
        for file in files:
            for group, rules in file.groups:
                for one in rules:
                    yield self._rule(one, group, file)

    def panels(self, built: Built, files: Iterable[RuleFile]) -> Iterator[Reading]:
        """Every query of every panel, with the variables as they stand when a dashboard is opened."""
        by_service = {file.service: file for file in files}
        for service, dashboard in built.dashboards.items():
            chosen = variables(dashboard, built.profile)
            for panel in dashboard.panels:
                if isinstance(panel, Panel):
                    for target in panel.targets:
                        read = self._read(asked_of(target.expr, chosen), by_service[service])
                        yield self._panel(read, target, panel, dashboard, service)

    def _rule(self, one: RuleText, group: RuleGroup, file: RuleFile) -> Reading:
        read, rule = self._read(one.text, file), one.rule
        return Reading(
            role="alert" if isinstance(rule, Alert) else "recording",
            name=rule.name if isinstance(rule, Alert) else rule.names.metric(rule.metric),
            group=group.name,
            service=file.service,
            interval=group.interval or self._profile.evaluation_interval,
            series=read.series,
            samples=read.samples,
            likely=read.likely,
            unpredicted=read.unpredicted,
            labels=tuple(sorted((label.name, value) for label, value in rule.labels.items())),
        )

    def _panel(self, read: _Read, target: Target, panel: Panel, dashboard: Dashboard, service: str) -> Reading:
        # Grafana's step is never finer than the scrape interval.
        steps = int(SHOWN // self._profile.scrape_interval) + 1 if target.mode == "range" else 1
        several = len(panel.targets) > 1
        return Reading(
            role="panel",
            name=f"{panel.title}, query {target.refId}" if several else panel.title,
            group=dashboard.title,
            service=service,
            interval=duration.seconds(dashboard.refresh),
            series=read.series,
            samples=read.samples * steps,
            likely=None if read.likely is None else read.likely * steps,
            unpredicted=read.unpredicted,
        )

    def _read(self, text: str, file: RuleFile) -> _Read:
        """As of an alike service, where that was read before."""
        key = file.shape, without_name(text, file.service)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.read(text)
        return found

    def read(self, text: str) -> _Read:
        """What one evaluation of an expression reads; nothing where it is no PromQL."""
        try:
            found = selections(text)
        except InvalidPromQL:
            return _Read(0, 0, None, ())
        series = samples = likely = 0
        all_likely = True
        for selection in found:
            for portion in self._supply.portions(selection):
                each = selection.samples(portion.job.interval, self._profile.evaluation_interval)
                series += portion.series
                samples += portion.series * each
                all_likely &= portion.likely is not None
                likely += (portion.likely or 0) * each
        unpredicted = tuple(dict.fromkeys(one.name for one in found if not self._supply.knows(one.name)))
        return _Read(series, samples, likely if all_likely else None, unpredicted)
