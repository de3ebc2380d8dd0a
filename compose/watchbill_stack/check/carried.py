"""The labels an alert reaches Alertmanager with: those its rule adds, and those its expression carries."""

from collections.abc import Mapping
from dataclasses import dataclass

from watchbill.catalogue.watching import ALERT_NAME
from watchbill.flow.flow import Flow
from watchbill_stack.check.matcher import Matcher


@dataclass(frozen=True, slots=True)
class Carried:
    """`fixed` labels are known; of the `possible` ones only the name is. With `is_open` there may be any other."""

    fixed: Mapping[str, str]
    possible: frozenset[str] = frozenset()
    is_open: bool = False

    @classmethod
    def of(cls, name: str, labels: Mapping[str, str], flow: Flow | None) -> "Carried":
        """Of an alert's name, the labels its rule adds, and what its expression gives; None where that is unknown."""
        fixed = {ALERT_NAME.name: name, **labels}
        if flow is None:
            return cls(fixed, is_open=True)
        possible: set[str] = set()
        for label, values in flow.labels.items():
            if label in fixed:
                continue
            if label in flow.certain and values.is_closed and len(values.known) == 1:
                fixed[label] = next(iter(values.known))
            else:
                possible.add(label)
        return cls(fixed, frozenset(possible), flow.is_open)

    def may_meet(self, matcher: Matcher) -> bool:
        """Whether a matcher can be met."""
        return self.is_unknown(matcher.label) or matcher.is_met(self.fixed)

    def must_meet(self, matcher: Matcher) -> bool:
        """Whether a matcher is met whatever the expression gives."""
        return not self.is_unknown(matcher.label) and matcher.is_met(self.fixed)

    def is_unknown(self, label: str) -> bool:
        """Whether only the evaluation tells its value, or that it has none."""
        return label not in self.fixed and (self.is_open or label in self.possible)
