"""Everything that changed between two states, each change once and what follows from it folded in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from watchbill.catalogue.objectives import OBJECTIVE_RATIO
from watchbill.problem import Problem
from watchbill_alerts.alert import STACK
from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Change
from watchbill_stack.difference.dashboards import DashboardComparison, usage_causes
from watchbill_stack.difference.gathering import together
from watchbill_stack.difference.metrics import bound_changes, metric_causes
from watchbill_stack.difference.notifications import notification_changes
from watchbill_stack.difference.objectives import objective_causes, objectives_of
from watchbill_stack.difference.pages import dependency_causes, file_changes, runbook_changes, scraping_changes
from watchbill_stack.difference.panel import boards_of
from watchbill_stack.difference.rule import Rule, mapping, rules_of
from watchbill_stack.difference.rules import RuleComparison
from watchbill_stack.difference.state import ALERTMANAGER, METRICS, RULES, State, WrongState


@dataclass(frozen=True)
class Difference:
    """`remarks` are what could not be compared, and why."""

    before: str
    after: str
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = field(default_factory=tuple[str, ...])

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that others must follow."""
        return tuple(change for change in self.changes if change.breaking)


def compare(before: State, after: State) -> Difference:
    """Every change from one state to another.

    Raises WrongState with everything in both that cannot be read.
    """
    comparison = _Comparison(before, after)
    changes = tuple(comparison.changes())
    problems: list[Problem] = list(dict.fromkeys((*before.problems, *after.problems)))
    if problems:
        raise WrongState(tuple(problems))
    return Difference(before.name, after.name, changes, tuple(comparison.remarks))


class _Comparison:
    def __init__(self, before: State, after: State) -> None:
        self.before = before
        self.after = after
        self.causes = Causes()
        self.remarks: list[str] = []
        self.rules = rules_of(before, after), rules_of(after, before)

    def changes(self) -> Iterator[Change]:
        """In the order in which people read them; first whole services, then what others follow."""
        services = tuple(self._services())
        lone = {change.service for change in services}
        documents = self.before.document(), self.after.document()
        self._find_causes(documents)
        configuration = self.before.mapping(ALERTMANAGER), self.after.mapping(ALERTMANAGER)
        old, new = (mapping(one.get("route")) for one in configuration)
        boards = boards_of(self.before, self.after), boards_of(self.after, self.before)
        self.causes.add(*usage_causes(*boards, self.causes))
        rules = RuleComparison(self.causes, (old, new))
        own = [cause.change for cause in self.causes.found]
        self.causes.add(*(Cause(change) for change in services))
        of_rules = [*rules.changes(*self.rules)]
        found = [
            *of_rules,
            *notification_changes(*configuration, _lone((*services, *own, *of_rules))),
            *DashboardComparison(self.causes).changes(*boards),
            *scraping_changes(self.before, self.after),
        ]
        if all(documents):
            found += bound_changes(*cast("tuple[Any, Any]", documents), self.causes)
        found += runbook_changes(self.before, self.after, self.causes, rules.links)
        yield from services
        yield from together(self._kept([*own, *found, *file_changes(self.before, self.after)], lone))

    def _services(self) -> Iterator[Change]:
        old, new = (
            {path.stem for path in state.below(RULES, ".yaml")} - {STACK} for state in (self.before, self.after)
        )
        # Without any rule file a state says nothing of services.
        for name in sorted(new - old) if old else ():
            yield Change("service", name, "added", f"added: {_counted(self.rules[1], name)}", service=name)
        for name in sorted(old - new) if new else ():
            detail = f"removed: {_counted(self.rules[0], name)}"
            yield Change("service", name, "removed", detail, breaking=True, service=name)

    def _find_causes(self, documents: tuple[Any, Any]) -> None:
        recorded: list[Mapping[str, str]] = []
        for state, document in zip((self.before, self.after), documents, strict=True):
            if document is None and METRICS not in state.files:
                self.remarks.append(f"{state.name} holds no {METRICS}; metrics and names are not compared")
            services = document.services if document else ()
            recorded.append({one.service: one.names.metric(OBJECTIVE_RATIO) for one in services})
        asked = [objectives_of(rules, names) for rules, names in zip(self.rules, recorded, strict=True)]
        self.causes.add(*objective_causes(asked[0], asked[1]))
        if all(documents):
            self.causes.add(*metric_causes(*documents))
        self.causes.add(*dependency_causes(self.before, self.after))

    def _kept(self, changes: Iterable[Change], lone: set[str]) -> Iterator[Change]:
        """Without what a whole service brought, and without pages of alerts that are named anyway."""
        changes = tuple(change for change in changes if not change.service or change.service not in lone)
        named = {(change.service or STACK, alert) for change in changes for alert in _alerts(change)}
        for change in changes:
            if change.area != "runbook" or (change.service, change.name.partition(" ")[0]) not in named:
                yield change


def _alerts(change: Change) -> Iterator[str]:
    yield from change.alerts
    if change.area == "alert":
        yield from _own_names(change)


def _own_names(change: Change) -> Iterator[str]:
    yield change.name.partition(" ")[0]
    if change.verb == "renamed":
        yield change.detail.rpartition(" ")[2]


def _lone(changes: Iterable[Change]) -> dict[str, Change]:
    """What came or went, as an inhibition says it, with the change that tells of it."""
    found: dict[str, Change] = {}
    for change in changes:
        if change.verb not in {"added", "removed", "renamed"}:
            continue
        words = [*change.alerts, *(_own_names(change) if change.area == "alert" else ())]
        words += [f"{change.area}={change.name}"] if change.area in {"service", "dependency"} else []
        found |= dict.fromkeys(words, change)
    return found


def _counted(rules: Iterable[Rule], service: str) -> str:
    own = [rule for rule in rules if rule.file == service]
    alerts = sum(rule.is_alert for rule in own)
    return f"{alerts} alerts, {len({rule.slo for rule in own if rule.slo})} objectives"
