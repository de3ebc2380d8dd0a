"""Histograms of a team's own."""

from decimal import Decimal
from time import perf_counter
from types import TracebackType
from typing import Self

from watchbill.catalogue.metric import Histogram
from watchbill.instruments.instrument import Instrument, finite


class Timing:
    """Observes the seconds from entering to leaving, whatever leaves it; may be entered once at a time."""

    __slots__ = ("_began", "_histogram")

    def __init__(self, histogram: "OwnHistogram") -> None:
        self._histogram = histogram
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._histogram.observe(perf_counter() - self._began)


class OwnHistogram(Instrument[Histogram]):
    """Sorts values into buckets: `basket_value.observe(19.90)`."""

    __slots__ = ()

    def observe(self, amount: float | Decimal) -> None:
        """One value, in the metric's unit."""
        try:
            self._tell(self._child.observe, finite(amount))
        except Exception as error:  # noqa: BLE001  never into the application
            self._untold(error)

    def time(self) -> Timing:
        """For `with`: how long the block takes, in seconds."""
        return Timing(self)
