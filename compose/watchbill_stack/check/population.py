"""The alerts of a stack by their labels, so that conditions on them are looked up rather than tried one by one."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from watchbill.catalogue.watching import ALERT_NAME
from watchbill_stack.check.carried import Carried
from watchbill_stack.check.matcher import Matcher

_PLAIN_CHOICE = re.compile(r"[\w|-]+")


class Population:
    """What all alerts carry."""

    def __init__(self, members: Iterable[Carried]) -> None:
        by_name: dict[str, list[Carried]] = {}
        for member in members:
            by_name.setdefault(member.fixed.get(ALERT_NAME.name, ""), []).append(member)
        self._namesakes = {name: _Namesakes(together) for name, together in by_name.items()}

    def meeting(self, matchers: Iterable[Matcher]) -> list[Carried]:
        """Those that can meet all matchers."""
        conditions = tuple(matchers)
        on_name = [one for one in conditions if one.label == ALERT_NAME.name]
        others = [one for one in conditions if one.label != ALERT_NAME.name]
        return [
            member
            for name, namesakes in self._namesakes.items()
            if all(one.is_met({ALERT_NAME.name: name}) for one in on_name)
            for member in namesakes.meeting(others)
        ]


class _Namesakes:
    """The alerts of one name: they carry much the same labels."""

    def __init__(self, members: Sequence[Carried]) -> None:
        self._members = members
        self._indexes: dict[str, tuple[dict[str, list[Carried]], list[Carried]]] = {}

    def meeting(self, conditions: Sequence[Matcher]) -> list[Carried]:
        """Those that can meet all conditions."""
        candidates = min((self._under(one) for one in conditions), key=len, default=self._members)
        return [member for member in candidates if all(member.may_meet(one) for one in conditions)]

    def _under(self, matcher: Matcher) -> Sequence[Carried]:
        """Those whose value of the label is one of a plain choice, or unknown; all for other matchers."""
        values = _plain_values(matcher)
        if values is None:
            return self._members
        index, unknown = self._index(matcher.label)
        return [*(member for value in values for member in index.get(value, ())), *unknown]

    def _index(self, label: str) -> tuple[dict[str, list[Carried]], list[Carried]]:
        if label not in self._indexes:
            known: dict[str, list[Carried]] = {}
            unknown: list[Carried] = []
            for member in self._members:
                if member.is_unknown(label):
                    unknown.append(member)
                else:
                    known.setdefault(member.fixed.get(label, ""), []).append(member)
            self._indexes[label] = known, unknown
        return self._indexes[label]


def can_agree(sources: Iterable[Carried], targets: Iterable[Carried], labels: Sequence[str]) -> bool:
    """Whether some source and some target can have the same values of all labels; what both lack is the same, too."""
    from_sources = set(_keys(sources, labels))
    from_targets = set(_keys(targets, labels))
    if not labels or None in from_sources or None in from_targets:
        # A value that only the evaluation tells may be any.
        return bool(from_sources and from_targets)
    return not from_sources.isdisjoint(from_targets)


def one_sided(members: Iterable[Carried], other: Collection[Matcher]) -> list[Carried]:
    """Those that need not meet the conditions of the other side too."""
    return [member for member in members if not all(member.must_meet(one) for one in other)]


def _keys(members: Iterable[Carried], labels: Sequence[str]) -> Iterator[tuple[str, ...] | None]:
    for member in members:
        if any(member.is_unknown(label) for label in labels):
            yield None
        else:
            yield tuple(member.fixed.get(label, "") for label in labels)


def _plain_values(matcher: Matcher) -> tuple[str, ...] | None:
    if matcher.operator == "=" and matcher.value:
        return (matcher.value,)
    if matcher.operator == "=~" and _PLAIN_CHOICE.fullmatch(matcher.value):
        return tuple(dict.fromkeys(matcher.value.split("|")))
    return None
