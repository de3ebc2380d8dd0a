"""What a function does to the values of its operand, as a row of the table of functions."""

from collections.abc import Callable
from dataclasses import dataclass

from watchbill.catalogue.unit import Unit
from watchbill.flow.interval import ANYTHING, Interval


@dataclass(frozen=True, slots=True)
class OfValue:
    """A function of each sample, or of the samples in a window, which keeps all labels.

    `keeps_total`: a counter's total stays one. `keeps_unit` and `keeps_interval` say the same of those; otherwise the
    result has `unit` and lies within `interval`, or what `narrows` makes of the operand's.
    """

    keeps_total: bool = False
    keeps_unit: bool = False
    keeps_interval: bool = False
    unit: Unit = Unit.COUNT
    interval: Interval = ANYTHING
    narrows: Callable[[Interval], Interval] | None = None
    of_gauge: bool = False
    """Whether it makes no sense of a counter's total."""
    is_new: bool = False
    """Whether the result says nothing of how large the operand is: a moment, a number of samples."""

    def within(self, operand: Interval) -> Interval:
        """The limits of the result."""
        if self.narrows is not None:
            return self.narrows(operand)
        return operand if self.keeps_interval else self.interval
