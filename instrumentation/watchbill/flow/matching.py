"""Which series of two vectors an operator pairs."""

from collections.abc import Iterator
from dataclasses import dataclass

from watchbill.flow import rules
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.mark import Mark
from watchbill.flow.rule import Rule
from watchbill.flow.selection import BUCKET_BOUND, NAME
from watchbill.flow.values import ANY, Values
from watchbill.flow.walk import Node, Walk
from watchbill.flow.wording import listed, nearest

SETS = frozenset({"and", "or", "unless"})


@dataclass(frozen=True, slots=True)
class Matching:
    """`on` or `ignoring` some labels, and the side that may have many, with the labels it takes from the other."""

    is_on: bool = False
    labels: frozenset[str] = frozenset()
    is_said: bool = False
    many: str = ""
    extra: tuple[str, ...] = ()
    fills: bool = False

    @classmethod
    def of(cls, modifier: Node) -> "Matching":
        """What a node says; nothing said means that all labels match."""
        if modifier is None:
            return _ON_ALL
        matching = modifier.matching
        fills = modifier.fill_values
        return cls(
            is_on=matching is not None and str(matching.type).endswith("Include"),
            labels=frozenset() if matching is None else frozenset(matching.labels),
            is_said=matching is not None,
            many=_MANY.get(str(modifier.card).rpartition(".")[2], ""),
            extra=tuple(modifier.group_labels or ()),
            fills=fills is not None and (fills.lhs is not None or fills.rhs is not None),
        )

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Every label it names."""
        return (*self.labels, *self.extra)

    def matches(self, label: str) -> bool:
        """Whether series pair only when they are equal in this label."""
        return (label in self.labels) is self.is_on


_ON_ALL = Matching()
_MANY = {"ManyToOne": "left", "OneToMany": "right"}


@dataclass(frozen=True, slots=True)
class Join:
    """Two vectors and what pairs them."""

    walk: Walk
    operator: str
    number: int
    left: Flow
    right: Flow
    matching: Matching

    def check(self) -> None:
        """Reports what keeps the two from matching, or from matching one to one."""
        if self.operator == "or" or self.matching.fills:
            return
        if not self._check_named() and not self._check_values() and self.operator not in SETS:
            self._check_many()

    def labels(self) -> Flow:
        """The labels of the result, in a flow that is the left side's or the many side's otherwise."""
        match self.matching.many:
            case "left":
                return self._grouped(self.left, self.right)
            case "right":
                return self._grouped(self.right, self.left)
            case _:
                return self._paired()

    def keys_certain(self) -> frozenset[str]:
        """Labels that both sides carry in every pair."""
        found = {label for label in self.left.certain if self.matching.matches(label)}
        return frozenset(found.union(label for label in self.right.certain if self.matching.matches(label)))

    def _paired(self) -> Flow:
        kept = {label: self._values(label) for label in self._candidates() if self._both_carry(label)}
        is_open = self.left.is_open and self.right.is_open and not self.matching.is_on
        if self.matching.fills:
            return changed(self.left, labels=kept, certain=frozenset[str](), is_open=True)
        return changed(self.left, labels=kept, certain=self.keys_certain().intersection(kept), is_open=is_open)

    def _candidates(self) -> Iterator[str]:
        if self.matching.is_on:
            yield from self.matching.labels - {NAME}
            return
        yield from (
            label
            for label in dict.fromkeys((*self.left.labels, *self.right.labels))
            if label not in self.matching.labels
        )

    def _both_carry(self, label: str) -> bool:
        return self.left.carries(label) and self.right.carries(label)

    def _values(self, label: str) -> Values:
        left, right = self.left.labels.get(label, ANY), self.right.labels.get(label, ANY)
        return right if right.is_closed and not left.is_closed else left

    def _grouped(self, many: Flow, one: Flow) -> Flow:
        labels = {
            label: self._values(label) if self.matching.matches(label) else values
            for label, values in many.labels.items()
            if not self.matching.matches(label) or one.carries(label)
        }
        certain = many.certain.intersection(labels) | (self.keys_certain().intersection(labels))
        for label in self.matching.extra:
            labels.pop(label, None)
            certain -= {label}
            if one.carries(label):
                labels[label] = one.labels.get(label, ANY)
                certain |= one.certain & {label}
        if self.matching.fills:
            certain = many.certain - frozenset(self.matching.extra)
        return changed(many, labels=labels, certain=certain)

    def _check_named(self) -> bool:
        """Labels in `on`, `ignoring` and `group_left` that are not there."""
        found = False
        for label in sorted(self.matching.labels - {NAME}):
            if self.matching.is_on:
                found |= self._check_on(label)
            elif not self.left.carries(label) and not self.right.carries(label):
                self._report(rules.NEEDLESS_LABEL, f"ignoring ({label}), which neither side carries", label)
        if self.matching.many:
            one = self.right if self.matching.many == "left" else self.left
            for label in self.matching.extra:
                if not one.carries(label):
                    carried = listed(one.labels, one.certain)
                    message = f"group_{self.matching.many} ({label}), but the other side carries {carried}"
                    self._report(rules.LOST_LABEL, message, label, one)
        return found

    def _check_on(self, label: str) -> bool:
        sides = {"left": self.left, "right": self.right}
        lacking = [name for name, flow in sides.items() if not flow.carries(label)]
        if not lacking:
            return False
        side = sides[lacking[0]]
        carried = f"the {lacking[0]} side carries {listed(side.labels, side.certain)}"
        which = "neither side carries it" if len(lacking) == 2 else carried
        is_impossible = len(lacking) == 1 and label in (self.left.certain | self.right.certain)
        rule = rules.IMPOSSIBLE_JOIN if is_impossible else rules.LOST_LABEL
        self._report(rule, f"on ({label}), but {which}", label, side)
        return True

    def _check_values(self) -> bool:
        """Labels that one side always has and the other never, or that have no value in common."""
        certain = self.left.certain | self.right.certain
        matched = [label for label in sorted(certain) if self.matching.matches(label)]
        lacking = [label for label in matched if not self._both_carry(label)]
        if lacking:
            sides = ["left" if label in self.left.certain else "right" for label in lacking]
            said = ", ".join(f"only the {side} side has {label!r}" for label, side in zip(lacking, sides, strict=True))
            self._report(rules.IMPOSSIBLE_JOIN, f"no series can match: {said}")
            return True
        for label in matched:
            left, right = self.left.labels.get(label, ANY), self.right.labels.get(label, ANY)
            if left.is_disjoint(right):
                said = f"{label!r} is {listed(left.known)} on the left and {listed(right.known)} on the right"
                self._report(rules.IMPOSSIBLE_JOIN, f"no series can match: {said}", label)
                return True
        return False

    def _check_many(self) -> None:
        ones = {"left": (self.right,), "right": (self.left,)}.get(self.matching.many, (self.left, self.right))
        for one in ones:
            several = self._several(one)
            if several:
                side = "left" if one is self.left else "right"
                hint = "sum them away" if self.matching.many else f"add group_{side}, or sum them away"
                message = f"the {side} side has several series per match, told apart by {listed(several)}; {hint}"
                self._report(rules.AMBIGUOUS_JOIN, message)
                return

    def _several(self, one: Flow) -> list[str]:
        """Labels that do not take part in the match and surely have several values at once.

        Of gauges that is not known: an info metric has one series whatever its labels could be. Nor is it of what a
        comparison or a choice has left over.
        """
        if one.kind is Kind.BUCKET and BUCKET_BOUND in one.certain and not self.matching.matches(BUCKET_BOUND):
            return [BUCKET_BOUND]
        if not one.rated or one.is_filtered:
            return []
        return [
            label for label in sorted(one.certain) if not self.matching.matches(label) and one.labels[label].are_several
        ]

    def _report(self, rule: Rule, message: str, label: str = "", side: Flow | None = None) -> None:
        listed_labels = self.matching.labels.union(self.matching.extra)
        mark = Mark("matching", self.number, label) if label in listed_labels else Mark("operator", self.number)
        meant = nearest(label, side.labels, side.certain) if side is not None and label else ""
        self.walk.report(rule, f"{self.operator}: {message}", mark, meant)
