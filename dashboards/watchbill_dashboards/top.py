"""The largest of many series."""

from dataclasses import dataclass

from watchbill.catalogue import Label, Unit
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names

LEGEND_LIMIT = 10
"""Lines that a person can tell apart in one panel."""


@dataclass(frozen=True, slots=True, eq=False)
class Top(Expression):
    """The largest series at each point in time, so that a legend stays readable."""

    inner: Expression
    limit: int = LEGEND_LIMIT

    @property
    def labels(self) -> frozenset[Label]:
        return self.inner.labels

    @property
    def unit(self) -> Unit:
        return self.inner.unit

    def promql(self, names: Names = CLASSIC) -> str:
        return f"topk({self.limit}, {self.inner.promql(names)})"
