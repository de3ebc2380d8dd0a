"""Errors of the instrumentation itself: kept from the application, counted, and told once per part."""

import logging
from collections.abc import Callable

_LOG = logging.getLogger("watchbill")


class Faults:
    """Where every part reports what it could not do. Thread-safe, and never raises."""

    def __init__(self, count: Callable[[str], None]) -> None:
        self._count = count
        self._told: set[str] = set()

    def report(self, component: str, error: BaseException) -> None:
        """Counts the error; the first of a component is logged with its traceback."""
        try:
            self._count(component)
            if component not in self._told:
                self._told.add(component)
                _LOG.error(
                    "watchbill: %s failed; the application is not affected, later failures are only counted",
                    component,
                    exc_info=error,
                )
        except Exception:  # noqa: BLE001, S110  an error about an error has nowhere left to go
            pass
