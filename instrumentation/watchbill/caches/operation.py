"""Operations on a cache that the application's own code tells of, as context managers for plain and async code."""

from time import perf_counter
from types import TracebackType
from typing import Any, Self

from watchbill.caches.load import EVENT, Loads
from watchbill.catalogue.cache import DELETING, ERROR, GET, HIT, MISS, STALE


class Read:
    """One read, from entering to leaving: a miss, unless something else is said. An exception makes it an error.

    Of many keys, say how many were hits and how many misses. Within a call of the same cache's decorated function it
    says what that call was, and is no read of its own.
    """

    __slots__ = ("_began", "_loads", "_said")

    def __init__(self, loads: Loads) -> None:
        self._loads = loads
        self._said: list[tuple[str, int]] = []
        self._began = 0.0

    def hit(self, count: int = 1) -> None:
        """It found so many values."""
        self._said.append((HIT, count))

    def miss(self, count: int = 1) -> None:
        """So many values were not there."""
        self._said.append((MISS, count))

    def stale(self, count: int = 1) -> None:
        """So many values are older than they should be, and given all the same."""
        self._said.append((STALE, count))

    def error(self) -> None:
        """The cache could not be read."""
        self._said.append((ERROR, 1))

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = perf_counter() - self._began
        if error is not None:
            if not isinstance(error, Exception):
                return
            self._said = [one for one in self._said if one[0] != ERROR] + [(ERROR, 1)]
        for number, (status, count) in enumerate(self._said or [(MISS, 1)]):
            told(self._loads, status, None if number else took, count)


class Write:
    """One write or deletion, from entering to leaving; an exception makes it an error.

    `count` is how many values it concerned, which counts as invalidations where it deletes.
    """

    __slots__ = ("_began", "_failed", "_loads", "_name", "count")

    def __init__(self, loads: Loads, name: str, count: int) -> None:
        self._loads = loads
        self._name = name
        self._began = 0.0
        self._failed = False
        self.count: Any = count

    def error(self) -> None:
        """The cache could not be written to."""
        self._failed = True

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = perf_counter() - self._began
        if error is not None and not isinstance(error, Exception):
            return
        failed = self._failed or error is not None
        series = self._loads.series
        try:
            series.wrote(series.operation(self._name), took, failed=failed)
            if not failed and self._name in DELETING:
                series.invalidated(int(self.count))
        except Exception as failure:  # noqa: BLE001  never into the application
            series.report(failure)


def told(loads: Loads, status: str, seconds: float | None = None, count: int = 1) -> None:
    """The application says what a read was."""
    try:
        call = loads.call()
        if call is not None:
            if not loads.certain:
                loads.ascertain()
            call[EVENT] = status
            return
        loads.series.read(loads.series.operation(GET), status, seconds, count)
    except Exception as error:  # noqa: BLE001  never into the application
        loads.series.report(error)
