"""Selectors: from a name and its matchers to the series they give."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from math import inf, isfinite, isinf

from watchbill.catalogue.unit import Unit
from watchbill.flow import rules
from watchbill.flow.condition import EQUAL, MATCHES, OPERATORS, Condition, condition
from watchbill.flow.family import Family, Kind
from watchbill.flow.flow import Flow, Reference, changed
from watchbill.flow.mark import Mark
from watchbill.flow.values import ANY, Values
from watchbill.flow.walk import Node, Use, Walk
from watchbill.flow.wording import listed, nearest

NAME = "__name__"
BUCKET_BOUND = "le"
_MOST_FAMILIES = 200
_EMPTY = frozenset({""})
Matchers = list[tuple[str, Condition]]


def selected(walk: Walk, node: Node, use: Use, window: float = 0.0) -> Flow:
    """The series of a selector; `window` is its range in seconds."""
    number = walk.next_selector()
    matchers = _matchers(node)
    name, family = _family(walk, node.name, matchers, number)
    window += use.window
    _refer(walk, name, family, matchers, use.named, window or None)
    if family is None:
        return _unknown(name, matchers, number)
    narrowing = Narrowing(walk, family, number)
    for label, one in matchers:
        narrowing.apply(label, one)
    return narrowing.flow()


def matrix(walk: Walk, node: Node, use: Use) -> Flow:
    """The samples of a selector within a range."""
    flow = selected(walk, node.vector_selector, use, node.range.total_seconds())
    return changed(flow, type="matrix")


def absence_labels(node: Node) -> tuple[dict[str, Values], frozenset[str]]:
    """The labels that `absent` of a selector gives, those compared with one value, and which of them for sure."""
    found: dict[str, Values] = {}
    mentions: Counter[str] = Counter()
    for label, one in _matchers(node):
        mentions[label] += 1
        if one.operator == EQUAL and one.value and label not in found and label != NAME:
            found[label] = Values.only({one.value}) if one.is_known else ANY
        else:
            found.pop(label, None)
    return found, frozenset(label for label, values in found.items() if values.is_closed and mentions[label] == 1)


def _matchers(node: Node) -> Matchers:
    plain = node.matchers.matchers
    alternatives = node.matchers.or_matchers
    if not plain and not alternatives:
        return []
    found = [(one.name, condition(OPERATORS[str(one.op)], one.value)) for one in plain]
    # Of alternatives only the labels are known.
    found += [(one.name, _UNDECIDED) for group in alternatives for one in group if one.name != NAME]
    return found


_UNDECIDED = Condition(EQUAL, "", is_known=False, literals=None, pattern=None)


def _family(walk: Walk, name: str | None, matchers: Matchers, number: int) -> tuple[str, Family | None]:
    """The family that is meant, and its name; a name that is missing is reported."""
    if name is None:
        names = [one for label, one in matchers if label == NAME]
        if len(names) != 1 or names[0].operator != EQUAL:
            return "", _families_like(walk, names, number)
        name = names[0].value
    family = walk.vocabulary.get(name)
    if family is None and walk.vocabulary.is_complete and condition(EQUAL, name).is_known:
        _report_missing(walk, name, number)
    return name, family


def _families_like(walk: Walk, names: list[Condition], number: int) -> Family | None:
    """What is common to all families whose names meet the conditions, where there are some and not too many."""
    if not names or not all(one.is_known for one in names):
        return None
    found = [family for family in walk.vocabulary if all(one.admits(family.name) for one in names)]
    if not found and walk.vocabulary.is_complete:
        pattern = names[0].value
        walk.report(rules.UNKNOWN_METRIC, f"no metric has a name like {pattern!r}", Mark("selector", number))
    if not found or len(found) > _MOST_FAMILIES or not walk.vocabulary.is_complete:
        return None
    return replace(reduce(Family.merged_with, found), name="")


def _report_missing(walk: Walk, name: str, number: int) -> None:
    mark = Mark("selector", number)
    if ":" in name:
        message, rule = f"no rule records {name}", rules.UNRECORDED_NAME
    elif walk.vocabulary.get(f"{name}_bucket"):
        message = f"{name} is a histogram and has no series of that name; it has _bucket, _sum and _count"
        walk.report(rules.UNKNOWN_METRIC, message, mark, f"{name}_bucket")
        return
    else:
        message, rule = f"nothing exposes {name}", rules.UNKNOWN_METRIC
    walk.report(rule, message, mark, walk.vocabulary.nearest(name))


def _refer(
    walk: Walk, name: str, family: Family | None, matchers: Matchers, named: frozenset[str], window: float | None
) -> None:
    if not name:
        return
    labels = {label for label, _ in matchers if label != NAME}
    if family is not None:
        labels.update(named.intersection(family.labels))
    walk.references.append(Reference(series=name, labels=frozenset(labels), window=window))


def _unknown(name: str, matchers: Matchers, number: int) -> Flow:
    """Series that nothing is known of but what their matchers say."""
    literal = {label: one.literals for label, one in matchers if label != NAME and one.literals != _EMPTY}
    labels = {label: Values.only(values - _EMPTY) if values else ANY for label, values in literal.items()}
    certain = {label for label, one in matchers if label != NAME and one.is_known and not one.admits("")}
    kind = Kind.BUCKET if name.endswith("_bucket") and BUCKET_BOUND not in labels else Kind.UNKNOWN
    return Flow(type="vector", labels=labels, certain=frozenset(certain), is_open=True, kind=kind, source=number)


@dataclass(slots=True)
class Narrowing:
    """A family's labels while matchers are applied to them."""

    walk: Walk
    family: Family
    number: int
    labels: dict[str, Values] | None = None
    certain: frozenset[str] = frozenset()
    picks_unknown_bounds: bool = False

    def apply(self, label: str, one: Condition) -> None:
        """Lets through what meets one matcher; reports a label or a value that there is not."""
        if label == NAME:
            return
        if self.labels is None:
            self.labels, self.certain = dict(self.family.labels), self.family.certain
        values = self.labels.get(label)
        if values is None:
            if not self.family.is_open:
                self._report_label(label)
            values = ANY
        if label == BUCKET_BOUND and one.operator in {EQUAL, MATCHES} and not values.is_closed:
            self.picks_unknown_bounds = True
        self.labels[label] = self._narrowed(label, values, one)
        if one.is_known and not one.admits(""):
            self.certain |= {label}
        elif one.literals == _EMPTY:
            del self.labels[label]

    def _narrowed(self, label: str, values: Values, one: Condition) -> Values:
        if not one.is_known:
            return values
        if values.is_closed:
            kept = frozenset(value for value in values.known if one.admits(value))
            if kept:
                return values if len(kept) == len(values.known) else Values.only(kept, occur=values.occur)
            if label in self.certain or not one.admits(""):
                self._report_value(label, values, one)
        elif one.literals is None:
            return values
        # What was asked for, even where it cannot be: one mistake is said once.
        return values if one.literals is None else Values.only(one.literals - _EMPTY)

    def flow(self) -> Flow:
        """What is left."""
        family = self.family
        labels = family.labels if self.labels is None else self.labels
        kind, unit, bounds = family.kind, family.unit, family.bounds
        if kind is Kind.BUCKET and self.labels is not None:
            bound = labels.get(BUCKET_BOUND, ANY)
            if bound.is_closed and len(bound.known) == 1:
                kind, unit, bounds = Kind.COUNTER, Unit.COUNT, ()
            elif self.picks_unknown_bounds:
                kind = Kind.UNKNOWN
        return Flow(
            type="vector",
            labels=labels,
            certain=family.certain if self.labels is None else self.certain,
            is_open=family.is_open,
            kind=kind,
            unit=unit,
            low=family.low,
            high=family.high,
            bounds=bounds,
            rated=family.rated,
            is_aggregated=family.is_aggregated,
            source=self.number,
        )

    def _report_label(self, label: str) -> None:
        what = self.family.name or "none of these metrics"
        self.walk.report(
            rules.UNKNOWN_LABEL,
            f"{what} has no label {label!r}; it has {listed(self.family.labels, self.family.certain)}",
            Mark("matcher", self.number, label),
            nearest(label, self.family.labels, self.family.certain),
        )

    def _report_value(self, label: str, values: Values, one: Condition) -> None:
        is_bound = label == BUCKET_BOUND and self.family.kind is Kind.BUCKET
        self.walk.report(
            rules.NO_BUCKET_BOUND if is_bound else rules.IMPOSSIBLE_VALUE,
            f"no value of {label!r} meets {one.operator}{one.value!r}; there are {listed(values.known)}",
            Mark("matcher", self.number, label, one.value),
            _nearest_bound(one.value, values.known) if is_bound else nearest(one.value, values.known),
        )


def _nearest_bound(value: str, bounds: frozenset[str]) -> str:
    """The bound that differs by the smallest factor."""
    wanted = _number(value)
    return min(sorted(bounds), key=lambda bound: _difference(_number(bound), wanted)) if isfinite(wanted) else ""


def _difference(bound: float, wanted: float) -> float:
    return abs(bound - wanted) / max(abs(bound), abs(wanted)) if isfinite(bound) and bound != wanted else isinf(bound)


def _number(bound: str) -> float:
    try:
        return float(bound)
    except ValueError:
        return inf
