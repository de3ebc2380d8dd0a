"""Gauges of a team's own."""

from collections.abc import Callable
from decimal import Decimal

from watchbill.catalogue.metric import Gauge
from watchbill.instruments.instrument import Instrument, finite


class OwnGauge(Instrument[Gauge]):
    """Says how much there is: `baskets.set(12)`."""

    __slots__ = ()

    def set(self, value: float | Decimal) -> None:
        """So much from now on; NaN and infinity are values too."""
        try:
            self._child.set(float(value))
        except Exception as error:  # noqa: BLE001  never into the application
            self._untold(error)

    def inc(self, amount: float | Decimal = 1) -> None:
        """So much more."""
        try:
            self._child.inc(finite(amount))
        except Exception as error:  # noqa: BLE001  never into the application
            self._untold(error)

    def dec(self, amount: float | Decimal = 1) -> None:
        """So much less."""
        try:
            self._child.dec(finite(amount))
        except Exception as error:  # noqa: BLE001  never into the application
            self._untold(error)

    def set_function(self, function: Callable[[], float]) -> None:
        """Asks a function, which must be quick, at each scrape of this process."""
        if self._child is None:
            self._untold(ValueError("no series"))
            return
        self._ground.readings.add(self, lambda: self.set(function()))

    def end(self) -> None:
        self._ground.readings.remove(self)
        super().end()
