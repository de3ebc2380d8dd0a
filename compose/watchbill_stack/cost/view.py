"""One answer about the cost of a stack: everything that was asked for, as tables or as a document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from rich.console import RenderableType

from watchbill_stack.cost.actual import Actual
from watchbill_stack.cost.budget import Budget, budgets
from watchbill_stack.cost.comparison import Line, by_metric, by_service, by_target
from watchbill_stack.cost.document import budget_documents, line_documents, reading_documents, totals_document
from watchbill_stack.cost.prediction import Prediction
from watchbill_stack.cost.reading import Reading
from watchbill_stack.cost.text import budget_table, notes, reading_table, series_table, totals

By = Literal["metric", "service", "target", "rule", "panel"]
_IN_SHORT: tuple[By, ...] = ("metric", "rule")


@dataclass(frozen=True)
class View:
    """`by` is what the numbers are added up by, None for the usual few; `limit` is how many lines each table has."""

    prediction: Prediction
    actual: Actual | None = None
    by: By | None = None
    limit: int | None = None

    @cached_property
    def metrics(self) -> tuple[Line, ...]:
        """A line for each metric, the dearest first."""
        return by_metric(self.prediction, self.actual)

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        """The declared budgets, that with the least left first."""
        return tuple(sorted(budgets(self.prediction), key=lambda one: (one.headroom / one.declared, one.owner)))

    def tables(self) -> Iterator[RenderableType]:
        """The totals, the budgets, then the dearest."""
        yield totals(self.prediction, self.metrics, self.actual)
        if self.budgets:
            yield budget_table(self.budgets[: self.limit])
        for by in (self.by,) if self.by else _IN_SHORT:
            if by in {"rule", "panel"}:
                yield reading_table(by, self._readings(by)[: self.limit], self.actual)
            else:
                yield series_table(by, self._lines(by)[: self.limit], live=self.actual is not None)

    def notes(self) -> Iterator[str]:
        """What is assumed, and what is not known."""
        panels = self.prediction.panels if self.by == "panel" else ()
        return notes(self.prediction, self.metrics, (*self.prediction.rules, *panels))

    def document(self) -> dict[str, Any]:
        """Everything as plain values: each list whole, those that were not asked for left out."""
        asked: tuple[By, ...] = (self.by,) if self.by else ("metric", "service", "target", "rule", "panel")
        return {
            "profile": self.prediction.profile.name,
            "totals": totals_document(self.prediction, self.actual),
            "budgets": budget_documents(self.budgets),
            **{f"{by}s": self._documents(by) for by in asked},
            "notes": list(self.notes()),
        }

    def _documents(self, by: By) -> list[dict[str, Any]]:
        if by in {"rule", "panel"}:
            return reading_documents(self._readings(by), self.actual)
        return line_documents(self._lines(by))

    def _lines(self, by: By) -> Sequence[Line]:
        if by == "metric":
            return self.metrics
        return by_service(self.prediction, self.actual) if by == "service" else by_target(self.prediction, self.actual)

    def _readings(self, by: By) -> Sequence[Reading]:
        found = self.prediction.panels if by == "panel" else self.prediction.rules
        return sorted(found, key=lambda one: (-one.samples_per_second, one.service, one.group, one.name, one.labels))
