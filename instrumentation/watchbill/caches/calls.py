"""The calls of functions around get-or-load, and what each turned out to be."""

from collections.abc import Callable

from watchbill.caches.load import ARGUMENTS, EVENT, KEYWORDS, Load, Loads, Record
from watchbill.catalogue.cache import COALESCED, ERROR, GET_OR_LOAD, HIT, MISS, STALE


class Calls:
    """The calls of one cache's decorated functions.

    `hit` counts one that took so many seconds; neither it nor `settle` raises. `uncertain` is told how many hits are
    held back.
    """

    __slots__ = ("_operation", "_series", "_uncertain", "hit", "loads")

    def __init__(self, loads: Loads, uncertain: Callable[[int], None]) -> None:
        self.loads = loads
        self._series = loads.series
        self._operation = loads.series.operation(GET_OR_LOAD)
        self._uncertain = uncertain
        self.hit: Callable[[float], None] = loads.series.quick_hit(self._operation)

    def settle(self, record: Record, began: float, took: float, error: BaseException | None = None) -> None:
        """Counts a call that is over; a cancelled one is none."""
        try:
            if error is None or isinstance(error, Exception):
                self._settle(record, began, took, failed=error is not None)
            record[ARGUMENTS] = record[KEYWORDS] = None
        except Exception as failure:  # noqa: BLE001  never into the application
            self._series.report(failure)

    def _settle(self, record: Record, began: float, took: float, *, failed: bool) -> None:
        event, loads = record[EVENT], self.loads
        if isinstance(event, Load):
            # Whoever does not wait for its load was given something older.
            status = MISS if event.ended else ERROR if failed else STALE
        elif event is None and loads.last >= began and loads.awaited(record, began):
            status = MISS
            self._series.loaded(COALESCED)
        else:
            status = ERROR if failed else event or HIT
        if status == HIT and not loads.certain:
            loads.held += 1
            self._uncertain(loads.held)
        else:
            self._series.read(self._operation, status, took if status in {HIT, STALE} else None)
