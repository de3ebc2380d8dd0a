"""The cardinality guard: a label takes no more values than the catalogue allows."""

import logging
from threading import Lock

from watchbill.catalogue.label import Label

OTHER = "_other"
"""The value that stands for all that came after the limit was reached."""

_LOG = logging.getLogger("watchbill")


class Guard:
    """Admits the first values of one label, up to its limit; `_other` takes the last place. Thread-safe.

    `metric` is the name, as exposed, of the metric that the one warning speaks of; others may share the guard.
    """

    def __init__(self, label: Label, limit: int | None = None, *, metric: str = "") -> None:
        self._label = label
        self._metric = metric
        self._limit = label.limit if limit is None else limit
        self._admitted: set[str] = set()
        self._lock = Lock()
        self._warned = False

    def admit(self, value: str) -> str:
        """The value itself, or `_other` when the limit is reached."""
        if value in self._admitted:
            return value
        with self._lock:
            if value in self._admitted:
                return value
            if len(self._admitted) < self._limit - 1:
                self._admitted.add(value)
                return value
            warn, self._warned = not self._warned, True
        if warn:
            _LOG.warning(
                "watchbill: label %r%s has reached its limit of %d values; further ones are counted as %r, first %r",
                self._label.name,
                f" of metric {self._metric!r}" if self._metric else "",
                self._limit,
                OTHER,
                value[:100],
            )
        return OTHER
