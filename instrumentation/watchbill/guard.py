"""The cardinality guard: a label takes no more values than the catalogue allows."""

import logging
from collections.abc import Callable
from threading import Lock

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Metric

OTHER = "_other"
"""The value that stands for all that came after the limit was reached."""

_LOG = logging.getLogger("watchbill")


class Guard:
    """Admits the first values of one label, up to its limit; `_other` takes the last place. Thread-safe.

    `metric` is the name, as exposed, of the metric that the one warning speaks of; others may share the guard.
    `count` counts an observation of a metric that is folded; `Emission.guard` gives both.
    """

    def __init__(
        self, label: Label, limit: int | None = None, *, metric: str = "", count: Callable[[Metric], None] | None = None
    ) -> None:
        self._label = label
        self._metric = metric
        self._count = count
        self._limit = label.limit if limit is None else limit
        self._admitted: set[str] = set()
        self._lock = Lock()
        self._warned = False

    def admit(self, value: str, *metrics: Metric) -> str:
        """The value itself, or `_other` when the limit is reached; then each of the metrics has one folded."""
        if value in self._admitted:
            return value
        admitted = self._admit(value)
        if admitted == OTHER:
            self.fold(*metrics)
        return admitted

    def fold(self, *metrics: Metric) -> None:
        """Counts one folded observation of each metric."""
        if self._count is not None:
            for metric in metrics:
                self._count(metric)

    def _admit(self, value: str) -> str:
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
