"""Which of the predicted series a selector reads."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, JOB, SERVICE
from watchbill_stack.cost.estimate import Estimate
from watchbill_stack.cost.job import Job
from watchbill_stack.cost.label_count import LabelCount
from watchbill_stack.cost.selection import Condition, Selection

_SPECIAL = re.compile(r"[.*+?()\[\]{}\\^$]")
_OWNERS = (SERVICE.name, DEPENDENCY.name, JOB.name)
_TARGETS = frozenset({*_OWNERS, ENV.name, INSTANCE.name})


@dataclass(frozen=True, slots=True)
class Part:
    """What conditions leave of one target's series of a metric: its labels, and how many series at worst and likely."""

    labels: tuple[LabelCount, ...]
    most: int
    likely: int | None

    @classmethod
    def of(cls, one: Estimate, name: str, conditions: Iterable[Condition]) -> "Part":
        """Of the series of one name."""
        own = {condition.label: condition for condition in conditions}
        labels = tuple(
            _narrowed(label, own[label.name]) if label.name in own else label for label in one.of_series(name)
        )
        most = prod(label.most for label in labels)
        likely = [label.likely for label in labels]
        return cls(
            labels,
            most if one.ceiling is None else min(most, one.ceiling),
            None if None in likely else prod(one for one in likely if one is not None),
        )


@dataclass(frozen=True, slots=True)
class Portion:
    """What a selector reads of one metric of one job."""

    job: Job
    targets: int
    part: Part

    @property
    def labels(self) -> tuple[LabelCount, ...]:
        """The labels by which its series differ on one target."""
        return self.part.labels

    @property
    def series(self) -> int:
        """Series at worst."""
        return self.targets * self.part.most

    @property
    def likely(self) -> int | None:
        """Series to be expected; None where nothing tells."""
        return None if self.part.likely is None else self.targets * self.part.likely


class Supply:
    """The predicted series by name, and by the service, dependency or job they belong to.

    A selector is narrowed by its conditions on target labels, by `=` on any label (one value), by `=~` with plain
    alternatives (as many), and by any condition on a label whose values are known. Other conditions narrow nothing.
    """

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self._jobs: list[Job] = []
        self._by_owner: dict[tuple[str, str], list[Job]] = {}
        self._of_anybody: dict[tuple[str, str], list[Job]] = {}
        self._series: dict[int, Mapping[str, list[Estimate]]] = {}
        self._names: set[str] = set()
        self._parts: dict[tuple[int, str, tuple[Condition, ...]], Part] = {}
        for job in jobs:
            self.add(job)

    def add(self, job: Job) -> None:
        """The series of one more job."""
        self._jobs.append(job)
        if id(job.estimates) not in self._series:
            self._series[id(job.estimates)] = found = _by_name(job.estimates)
            self._names.update(found)
        for label, value in _values(job).items():
            if value:
                self._by_owner.setdefault((label, value), []).append(job)
            elif job.kind == "rules":
                for name in {one.name for one in job.estimates if label in {kept.name for kept in one.labels}}:
                    self._of_anybody.setdefault((name, label), []).append(job)

    def knows(self, name: str) -> bool:
        """Whether anything is predicted to have series of this name."""
        return name in self._names

    def portions(self, selection: Selection) -> Iterator[Portion]:
        """What a selector reads, job by job."""
        own = tuple(one for one in selection.conditions if one.label not in _TARGETS)
        if not self.knows(selection.name):
            return
        for job in self._candidates(selection):
            found = self._series[id(job.estimates)].get(selection.name)
            targets = _targets(job, selection.conditions) if found else 0
            for one in found or () if targets else ():
                part = self._part(one, selection.name, own)
                if part.most:
                    yield Portion(job, targets, part)

    def _part(self, one: Estimate, name: str, conditions: tuple[Condition, ...]) -> Part:
        key = id(one), name, conditions
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = Part.of(one, name, conditions)
        return found

    def _candidates(self, selection: Selection) -> Sequence[Job]:
        """The fewest jobs among which those that meet all conditions are."""
        found = self._jobs
        for condition in selection.conditions:
            if condition.label in _OWNERS:
                owned = self._owned(selection.name, condition)
                if owned is not None and len(owned) < len(found):
                    found = owned
        return found

    def _owned(self, name: str, condition: Condition) -> list[Job] | None:
        values = _alternatives(condition)
        # An empty value also means that the label is absent.
        if values is None or "" in values:
            return None
        found = [job for value in values for job in self._by_owner.get((condition.label, value), ())]
        # What a rule writes may belong to whoever its expression is about.
        return found + self._of_anybody.get((name, condition.label), [])


def _by_name(estimates: Iterable[Estimate]) -> dict[str, list[Estimate]]:
    found: dict[str, list[Estimate]] = {}
    for one in estimates:
        for name in one.names:
            found.setdefault(name, []).append(one)
    return found


def _values(job: Job) -> dict[str, str]:
    name = "" if job.kind == "rules" else job.name
    return {SERVICE.name: job.service, DEPENDENCY.name: job.dependency, JOB.name: name}


def _targets(job: Job, conditions: Iterable[Condition]) -> int:
    """How many targets of a job meet the conditions on target labels."""
    targets = job.targets
    for condition in conditions:
        if condition.label not in _TARGETS:
            continue
        if condition.label == INSTANCE.name:
            targets = 1 if condition.operator == "=" else targets
        elif not _carries(job, condition):
            return 0
    return targets


def _carries(job: Job, condition: Condition) -> bool:
    value = job.env if condition.label == ENV.name else _values(job)[condition.label]
    # Which target labels a rule keeps is not known here, unless they say whose it is.
    return (job.kind == "rules" and not value) or _meets(value, condition)


@lru_cache(maxsize=65_536)
def _narrowed(label: LabelCount, condition: Condition) -> LabelCount:
    if label.values:
        kept = frozenset(value for value in label.values if _meets(value, condition))
        likely = None if label.likely is None else min(label.likely, len(kept))
        return LabelCount(label.name, min(label.most, len(kept)), likely, label.source, kept)
    alternatives = _alternatives(condition)
    if alternatives is None or len(alternatives) >= label.most:
        return label
    most = len(alternatives)
    return LabelCount(label.name, most, most if label.likely is None else min(most, label.likely), "matcher")


def _alternatives(condition: Condition) -> list[str] | None:
    """The only values a condition lets through, where it says so itself."""
    if condition.operator == "=":
        return [condition.value]
    if condition.operator == "=~" and not _SPECIAL.search(condition.value):
        return list(dict.fromkeys(condition.value.split("|")))
    return None


def _meets(value: str, condition: Condition) -> bool:
    match condition.operator:
        case "=":
            return value == condition.value
        case "!=":
            return value != condition.value
        case _:
            found = _pattern(condition.value)
            if found is None:
                return True
            return (found.fullmatch(value) is not None) == (condition.operator == "=~")


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str] | None:
    """RE2 that Python cannot read narrows nothing."""
    try:
        return re.compile(text)
    except re.error:
        return None
