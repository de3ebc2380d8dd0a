"""What the instruments of all kinds have: labels, exemplars, and that they never raise for a value."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from math import inf
from time import monotonic
from typing import Any, Generic, Self, TypeVar, cast

from opentelemetry.trace import Span

from watchbill.catalogue.metric import Metric
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.instruments.admission import Admission
from watchbill.traces.current import get_current
from watchbill.traces.ids import exemplar
from watchbill.traces.server_span import CURRENT_SPAN

COMPONENT = "own metrics"
_EXEMPLAR_SECONDS = 0.1
_AT_ZERO = 100
"""Cells of series that stand at zero before the first observation: a histogram's buckets count."""

M = TypeVar("M", bound=Metric)


class Instrument(Generic[M]):
    """One metric of a team's own, or with `labels` one of its series. Thread-safe.

    Label names are those of the declaration, whatever the names profile. A label that the metric does not have is an
    InvalidDeclaration at once; a value that cannot be counted is left out, and reported as an internal error.
    """

    __slots__ = ("_admission", "_by_values", "_child", "_due", "_ground", "_known", "_parent", "metric")

    def __init__(self, metric: M, ground: Ground, parent: Any, admission: Admission, child: Any = None) -> None:
        self.metric = metric
        self._ground = ground
        self._parent: Any = parent
        self._admission = admission
        self._known: dict[Any, Self] = {}
        self._by_values: dict[tuple[str, ...], Self] = {}
        self._due = 0.0
        self._child: Any = child if metric.labels else child or parent

    def labels(self, /, *values: object, **named: object) -> Self:
        """The series with these label values, by name, or all in the order of the declaration."""
        try:
            found = self._known.get((*values, *named.items()))
        except Exception:  # noqa: BLE001  a value of any kind may refuse to be looked up
            found = None
        return found if found is not None else self._meet(values, named)

    def stand_at_zero(self) -> None:
        """Makes the series of closed labels, so that the first increase of each is seen."""
        cells = len(getattr(self.metric, "buckets", ())) + 1
        for values in self._admission.combinations(_AT_ZERO // cells):
            self._series(values)

    def end(self) -> None:
        """What is told from now on is counted nowhere."""
        for series in self._by_values.values():
            series.end()
        self._parent = self._child = None

    def _meet(self, given: tuple[object, ...], named: dict[str, object]) -> Self:
        if self._child is not None and self.metric.labels:
            raise InvalidDeclaration(f"metric {self.metric.name!r}", ["this series has its labels already"])
        values = self._admission.values(given, named)
        try:
            if self._parent is None:
                return self._made(None)
            admitted, folded = self._admission.admitted(values)
            series = self._series(admitted)
            # What is folded is met anew, to be counted. Numbers may be equal and read differently: 1, 1.0 and True.
            if not folded and all(type(value) is str or _is_plain_member(value) for value in values):
                self._known[(*given, *named.items())] = series
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report(COMPONENT, error)
            return self._made(None)
        return series

    def _series(self, values: tuple[str, ...]) -> Self:
        found = self._by_values.get(values)
        if found is None:
            child = self._parent.labels(*values) if values else self._parent
            found = self._by_values.setdefault(values, self._made(child))
        return found

    def _made(self, child: Any) -> Self:
        return type(self)(self.metric, self._ground, None, self._admission, child)

    def _tell(self, method: Callable[..., None], amount: float) -> None:
        """Calls a method of prometheus-client's, now and then with the sampled span that is current."""
        span = get_current().get(CURRENT_SPAN)
        if span is None or monotonic() < self._due:
            method(amount)
            return
        found = exemplar(cast("Span", span).get_span_context())
        if found is not None:
            self._due = monotonic() + _EXEMPLAR_SECONDS
        method(amount, found)

    def _untold(self, error: Exception) -> None:
        if self._child is None and self._parent is not None:
            example = ", ".join(f"{label.name}=…" for label in self.metric.labels)
            raise InvalidDeclaration(
                f"metric {self.metric.name!r}", [f"it has labels: say labels({example}) first"]
            ) from None
        if self._child is not None:
            self._ground.faults.report(COMPONENT, error)


def _is_plain_member(value: object) -> bool:
    return isinstance(value, Enum) and not isinstance(value, int | float)


def finite(amount: float | Decimal) -> float:
    """The amount as a float, of any kind of number; ValueError for one that would spoil all later ones."""
    number = float(amount)
    if not -inf < number < inf:
        raise ValueError(f"{amount!r} cannot be counted")
    return number
