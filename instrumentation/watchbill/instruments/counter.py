"""Counters of a team's own."""

from decimal import Decimal

from watchbill.catalogue.metric import Counter
from watchbill.instruments.instrument import Instrument, finite


class OwnCounter(Instrument[Counter]):
    """Counts: `orders.labels(payment="card").inc()`. An amount below 0 is left out."""

    __slots__ = ()

    def inc(self, amount: float | Decimal = 1) -> None:
        """So many more."""
        try:
            self._tell(self._child.inc, finite(amount) if amount != 1 else 1)
        except Exception as error:  # noqa: BLE001  never into the application
            self._untold(error)
