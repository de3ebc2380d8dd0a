"""The series that rules write: what recording rules keep, and what Prometheus keeps of alerts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod

from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, JOB, SERVICE, Label
from watchbill.catalogue.watching import ALERT_NAME, ALERT_STATE, ALERTS, ALERTS_FOR_STATE
from watchbill_alerts.recording import Recording
from watchbill_stack.cost.estimate import Estimate
from watchbill_stack.cost.job import Job
from watchbill_stack.cost.label_count import LabelCount
from watchbill_stack.cost.rule_file import RuleFile, RuleText
from watchbill_stack.cost.selection import selections
from watchbill_stack.cost.supply import Portion, Supply

_RECORDING = "recording rule"
_ALERT = "alert"
_ADDED = "rule"
Estimates = tuple[str, tuple[Estimate, ...]]
_OF_TARGETS: Mapping[str, Callable[[Job], str]] = {
    SERVICE.name: lambda job: job.service,
    ENV.name: lambda job: job.env,
    JOB.name: lambda job: "" if job.kind == "rules" else job.name,
    DEPENDENCY.name: lambda job: job.dependency,
}


def written(files: Iterable[RuleFile], supply: Supply, interval: float) -> Iterator[Job]:
    """What rules write, group by group; each is added to what later rules may read.

    `interval` is the seconds between two evaluations of a group that does not say.
    """
    known: dict[int, list[list[Estimates]]] = {}
    for file in files:
        alike = known.get(file.shape)
        # What an alike service's rules write differs in the service's name alone, which the job has.
        found: list[list[Estimates]] = []
        for number, (group, rules) in enumerate(file.groups):
            estimates = alike[number] if alike else list(_of_group(rules, file.service, supply))
            found.append(estimates)
            for dependency, members in estimates:
                job = Job(
                    kind="rules",
                    name=group.name,
                    interval=group.interval or interval,
                    estimates=members,
                    service=file.service,
                    dependency=dependency,
                )
                supply.add(job)
                yield job
        known.setdefault(file.shape, found)


def _of_group(rules: Iterable[RuleText], service: str, supply: Supply) -> Iterator[Estimates]:
    """The estimates of a group by the dependency that they are about: a rule of the stack has it as a label."""
    found: dict[str, list[Estimate]] = {}
    for one in rules:
        dependency = "" if service else one.rule.labels.get(DEPENDENCY, "")
        found.setdefault(dependency, []).extend(_of_rule(one, service, supply))
    for dependency, estimates in found.items():
        yield dependency, tuple(estimates)


def _of_rule(one: RuleText, service: str, supply: Supply) -> Iterator[Estimate]:
    rule = one.rule
    read = [portion for selection in selections(one.text) for portion in supply.portions(selection)]
    kept = {rule.names.label(label) for label in rule.expression.labels - set(rule.labels)}
    ceiling = _rows(kept, read)
    added = (_added(label, value, service) for label, value in rule.labels.items())
    labels = (*added, *_kept(kept, read))
    if isinstance(rule, Recording):
        yield Estimate(rule.metric, rule.names.metric(rule.metric), labels, _RECORDING, ceiling)
        return
    # An alert has series while it waits or fires, which is not to be expected.
    named = (*labels, LabelCount(ALERT_NAME.name, 1, 0, _ALERT, frozenset({rule.name})))
    state = LabelCount(ALERT_STATE.name, 1, 1, _ALERT)
    yield Estimate(ALERTS, ALERTS.name, (*named, state), _ALERT, ceiling)
    yield Estimate(ALERTS_FOR_STATE, ALERTS_FOR_STATE.name, named, _ALERT, ceiling)


def _added(label: Label, value: str, service: str) -> LabelCount:
    # Its own service's name is the job's, so that alike services can share what is estimated.
    values = frozenset[str]() if label == SERVICE and value == service else frozenset({value})
    return LabelCount(label.name, 1, 1, _ADDED, values)


def _rows(kept: Iterable[str], read: Iterable[Portion]) -> int:
    """Series of a rule's result at most: of each owner as many as its labels tell apart, and no more than were read.

    Without anything read, as in `vector(1)`, it is one.
    """
    by_owner: dict[tuple[str, str], list[Portion]] = {}
    for one in read:
        by_owner.setdefault((one.job.service, one.job.dependency), []).append(one)
    rows = 0
    for portions in by_owner.values():
        told_apart = max(prod(_values(name, one) for name in kept) for one in portions)
        rows += min(told_apart, sum(one.series for one in portions))
    return max(rows, 1)


def _kept(names: Iterable[str], read: Sequence[Portion]) -> Iterator[LabelCount]:
    """The labels that the expression keeps; those of targets are left out where no target that was read has them."""
    for name in sorted(names):
        if name in _OF_TARGETS:
            most = len({_OF_TARGETS[name](one.job) for one in read} - {""})
        else:
            most = max((_values(name, one) for one in read), default=1)
        if most:
            yield LabelCount(name, most, 1 if most == 1 else None, "expression")


def _values(name: str, portion: Portion) -> int:
    """How many values a label has at most in what was read of one job."""
    if name == INSTANCE.name:
        return portion.targets
    return prod(label.most for label in portion.labels if label.name == name)
