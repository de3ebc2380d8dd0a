"""Which values of a metric's labels get series of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from enum import Enum
from itertools import product

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Metric
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.guard import OTHER, Guard


class Admission:
    """Of one metric. Values that a closed label does not know, and those beyond a bound, become `_other`."""

    def __init__(self, metric: Metric, emission: Emission | None) -> None:
        self._metric = metric
        self._names = tuple(label.name for label in metric.labels)
        self._guards = [] if emission is None else [_guard(label, metric, emission) for label in metric.labels]

    def values(self, given: Sequence[object], named: Mapping[str, object]) -> tuple[object, ...]:
        """What is given for each label, in their order; InvalidDeclaration when the labels are others."""
        if not given and set(named) == set(self._names):
            return tuple(named[name] for name in self._names)
        if given and not named and len(given) == len(self._names):
            return tuple(given)
        raise InvalidDeclaration(f"metric {self._metric.name!r}", list(self._faults(given, named)))

    def admitted(self, values: Sequence[object]) -> tuple[tuple[str, ...], bool]:
        """The label values of the series for given ones, and whether any was folded, which is then counted."""
        texts = tuple(_text(value) for value in values)
        found = tuple(guard.admit(text) for guard, text in zip(self._guards, texts, strict=True))
        if found == texts:
            return found, False
        # Once, also where several are.
        self._guards[0].fold(self._metric)
        return found, True

    def combinations(self, most: int) -> list[tuple[str, ...]]:
        """Every combination of label values where all labels are closed; none where there are more than `most`."""
        labels = self._metric.labels
        if not all(label.is_closed for label in labels) or self._metric.series_limit > most:
            return []
        return list(product(*(label.values for label in labels)))

    def _faults(self, given: Sequence[object], named: Mapping[str, object]) -> list[str]:
        wanted = ", ".join(self._names) or "none"
        if given:
            return [f"give its labels by name, or all of them in order: {wanted}"]
        faults = [f"it has no label {name!r}{self._nearest(name)}" for name in named if name not in self._names]
        missing = [name for name in self._names if name not in named]
        return [*faults, *(f"its label {name!r} is missing" for name in missing)]

    def _nearest(self, name: str) -> str:
        near = get_close_matches(name, self._names, n=1)
        return f"; is it {near[0]!r}?" if near else f"; it has {', '.join(self._names) or 'none'}"


def _guard(label: Label, metric: Metric, emission: Emission) -> Guard:
    # One more than a closed label's values, because the last place is that of all the rest.
    closed = replace(label, values=(), bound=len(set(label.values) - {OTHER}) + 1) if label.is_closed else label
    guard = emission.guard(closed, metric)
    for value in label.values:
        if value != OTHER:
            guard.admit(value)
    return guard


def _text(value: object) -> str:
    """A label's value as people expect to read it: that of an enum's member, `true` and `false`."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return str(value).lower()
    return str.__str__(value) if isinstance(value, str) else str(value)
