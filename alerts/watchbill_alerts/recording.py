"""A recording rule: an expression kept under a name of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from watchbill.catalogue import Label, Recorded
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.problem import Place


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Keeps an expression as a metric; `labels` are added to those the expression carries.

    `place` is the line that made it, `declared` the line of the stack file that asked for it, `suppressed` the reasons
    why findings of `watchbill check` do not count, by the rule's id.
    """

    metric: Recorded
    expression: Expression
    labels: Mapping[Label, str] = field(default_factory=dict[Label, str])
    names: Names = CLASSIC
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)
    declared: Place | None = field(default=None, repr=False, compare=False)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def text(self) -> str:
        """Its expression under its names profile."""
        return self.expression.promql(self.names)
