"""Remembers expressions that were read, so that those of a thousand alike services cost little more than one's.

Two texts are alike when they differ in nothing but values that matchers compare a label with by `=`, when equal values
stand in the same places of both, and when each value is in the same closed sets of its label as its counterpart. All
that reading concludes from such a value is whether it equals another one or is in a set, so alike texts are read alike.
Values of labels that are also compared with patterns, and texts that write labels from others, are left as they are.
What has faults is read anew where they stand behind a value or name one: they are those of their own text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from watchbill.flow.family import Family
from watchbill.flow.flow import Flow, Inference, changed
from watchbill.flow.reading import read
from watchbill.flow.values import Values
from watchbill.flow.vocabulary import Vocabulary

_UNSURE = re.compile(r"""['`\\#]|label_|""|[^\x00-\x7f]""")
_FIXED = frozenset({"", "le", "__name__"})
_OPERATORS = frozenset({"=", "!=", "=~", "!~"})
_MOST_REMEMBERED = 20_000
_LONGEST = 4_000

Renamed = Mapping[str, Mapping[str, str]]
"""By label, the values of the text that was read and those they stand for."""
Key = tuple[str, float, bool]


@dataclass(slots=True)
class _Closed:
    """The closed sets of one label's values, and a value that stands for all of one membership."""

    sets: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    memberships: dict[str, int] = field(default_factory=dict[str, int])
    standing: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    chosen: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict[tuple[str, ...], dict[str, str]])

    def membership(self, value: str) -> int:
        """A number with a bit for each set that the value is in."""
        found = self.memberships.get(value)
        if found is None:
            found = sum(1 << index for index, one in enumerate(self.sets) if value in one)
            self.memberships[value] = found
        return found

    def standing_for(self, values: tuple[str, ...]) -> dict[str, str]:
        """By each of several values, another of the same membership; no two by the same."""
        if values not in self.chosen:
            self.chosen[values] = self._choose(values)
        return self.chosen[values]

    def _choose(self, values: tuple[str, ...]) -> dict[str, str]:
        taken: dict[int, list[str]] = {}
        chosen: dict[str, str] = {}
        for value in values:
            membership = self.membership(value)
            before = taken.setdefault(membership, [])
            one = self.standing.get((membership, len(before)))
            if one is None:
                alike = [other for other in values if self.membership(other) == membership]
                one = next(other for other in alike if other not in before)
                self.standing[membership, len(before)] = one
            before.append(one)
            chosen[value] = one
        return chosen


class Memo:
    """The expressions that were read against one vocabulary, which it does not keep alive."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._closed = _closed_sets(vocabulary)
        self._read: dict[Key, Inference | None] = {}

    def __len__(self) -> int:
        """How many texts it remembers."""
        return len(self._read)

    def infer(self, text: str, vocabulary: Vocabulary, scrape_interval: float, *, is_alert: bool) -> Inference:
        """Reads a text, or an alike one that was read before."""
        alike, renamed = self._alike(text)
        key = (alike, scrape_interval, is_alert)
        if key not in self._read:
            inference = read(alike, vocabulary, scrape_interval, is_alert=is_alert)
            self._remember(key, inference)
            if alike == text:
                return inference
        found = self._read.get(key)
        flow = None if found is None or found.flow is None else self._flow(found.flow, renamed)
        if found is None or flow is None:
            return read(text, vocabulary, scrape_interval, is_alert=is_alert)
        return Inference(text=text, flow=flow, references=found.references, faults=found.faults)

    def _remember(self, key: Key, inference: Inference) -> None:
        if len(self._read) >= _MOST_REMEMBERED:
            self._read.clear()
        self._read[key] = inference if _holds_for_alike(inference) else None

    def _alike(self, text: str) -> tuple[str, Renamed]:
        """The text that stands for all that are like this one, and what its values stand for."""
        if len(text) > _LONGEST or _UNSURE.search(text):
            return text, {}
        # Without escapes and comments, every second part is what stands between quotes.
        parts = text.split('"')
        labels = _compared(tuple(parts[::2]))
        left_alone: set[str] = set()
        values: dict[str, tuple[str, ...]] = {}
        for label, value in zip(labels, parts[1::2], strict=False):
            if "$" in value or "[[" in value or not value.isprintable():
                left_alone.add(label)
            elif label and value not in values.get(label, ()):
                values[label] = (*values.get(label, ()), value)
        standing = {
            label: self._of(label).standing_for(several) for label, several in values.items() if label not in left_alone
        }
        if all(value == one for pairs in standing.values() for value, one in pairs.items()):
            return text, {}
        for index, label in enumerate(labels):
            if label in standing:
                parts[2 * index + 1] = standing[label][parts[2 * index + 1]]
        return '"'.join(parts), _inverted(standing)

    def _of(self, label: str) -> _Closed:
        if label not in self._closed:
            self._closed[label] = _Closed()
        return self._closed[label]

    def _flow(self, flow: Flow, renamed: Renamed) -> Flow | None:
        """The flow with values of its own text, or None where that cannot be told."""
        changes: dict[str, Values] = {}
        for label, standing in renamed.items():
            values = flow.labels.get(label)
            if values is None or values.known.isdisjoint(standing):
                continue
            closed = self._of(label)
            if not (values.known <= standing.keys() or all(not closed.membership(one) for one in standing)):
                if values.known in closed.sets:
                    continue
                return None
            changes[label] = replace(values, known=frozenset(standing.get(one, one) for one in values.known))
        return changed(flow, labels={**flow.labels, **changes}) if changes else flow


def _holds_for_alike(inference: Inference) -> bool:
    parts = inference.text.split('"')
    first, values = len(parts[0]), parts[1::2]
    return all(
        fault.end <= first and not any(value in fault.message or value in fault.nearest for value in values)
        for fault in inference.faults
    )


def _closed_sets(vocabulary: Vocabulary) -> dict[str, _Closed]:
    found: dict[str, dict[frozenset[str], None]] = {}
    for label, values in _all_values(vocabulary):
        if values.is_closed or values.known:
            found.setdefault(label, {})[values.known] = None
    return {label: _Closed(list(sets)) for label, sets in found.items()}


def _all_values(families: Iterable[Family]) -> Iterator[tuple[str, Values]]:
    return ((label, values) for family in families for label, values in family.labels.items())


@lru_cache(maxsize=_MOST_REMEMBERED)
def _compared(around: tuple[str, ...]) -> tuple[str, ...]:
    """Before each value, the label it is compared with; empty where the value must stay as it is."""
    matchers = [_matcher(part) for part in around[:-1]]
    left_alone = _FIXED.union(label for label, operator in matchers if operator != "=")
    return tuple("" if label in left_alone else label for label, _ in matchers)


def _matcher(before: str) -> tuple[str, str]:
    """The label and the operator that end a part of a text; both empty where there are none."""
    before = before.rstrip()
    operator = before[-2:] if before[-2:] in _OPERATORS else before[-1:]
    if operator not in _OPERATORS:
        return "", "="
    label = before[: -len(operator)]
    label = label[max(label.rfind(","), label.rfind("{")) + 1 :].strip()
    return (label, operator) if label.isidentifier() else ("", "=")


def _inverted(standing: Mapping[str, Mapping[str, str]]) -> Renamed:
    return {label: {one: value for value, one in pairs.items()} for label, pairs in standing.items()}
