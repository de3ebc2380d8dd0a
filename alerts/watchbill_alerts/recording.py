"""A recording rule: an expression kept under a name of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchbill.catalogue import Label, Recorded
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Keeps an expression as a metric; `labels` are added to those the expression carries.

    Raises InvalidDeclaration when both together are not the labels that the metric is declared with.
    """

    metric: Recorded
    expression: Expression
    labels: Mapping[Label, str] = field(default_factory=dict[Label, str])
    names: Names = CLASSIC

    def __post_init__(self) -> None:
        declared = {label.name for label in self.metric.labels}
        written = {label.name for label in (*self.expression.labels, *self.labels)}
        if declared != written:
            raise InvalidDeclaration(
                f"recording rule {self.metric.name}",
                [f"it would write the labels {sorted(written)}, but the metric is declared with {sorted(declared)}"],
            )
