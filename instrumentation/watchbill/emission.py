"""Catalogue metrics as prometheus-client's: created once per registry, under a service's names."""

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

import prometheus_client as client
from prometheus_client.registry import Collector, CollectorRegistry

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric
from watchbill.catalogue.process import WORKER
from watchbill.catalogue.watching import DROPPED_SERIES
from watchbill.errors import InvalidDeclaration
from watchbill.guard import Guard
from watchbill.names import Names
from watchbill.store.adoption import Adoption
from watchbill.store.schema import schema_of
from watchbill.store.store import Store
from watchbill.store.workers import Sharing, store_for

Made = TypeVar("Made", bound=Collector)
Shape = tuple[str, tuple[str, ...], tuple[float, ...]]

_CREATED: "WeakKeyDictionary[CollectorRegistry, dict[str, tuple[Shape, Collector]]]" = WeakKeyDictionary()
_STORES: "WeakKeyDictionary[CollectorRegistry, Store]" = WeakKeyDictionary()
_LOCK = Lock()
_SHARING = Sharing()


class Emission:
    """Creates metrics in one registry; what another Observability already created there is shared.

    Its methods raise InvalidDeclaration when a name is taken by something else. The first of a registry decides how
    its numbers are kept, and under which service's name they are shared. `limits` are the values that a label may
    take beside `_other` where that is fewer than its bound.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        names: Names,
        *,
        service: str = "",
        sharing: Sharing = _SHARING,
        limits: Mapping[Label, int] | None = None,
    ) -> None:
        self.registry = registry
        self._limits = limits or {}
        self.names = names
        with _LOCK:
            known = _STORES.get(registry)
            self.store = known or store_for(service, sharing.workers, names.label(WORKER))
            if known is None:
                _STORES[registry] = self.store
            adoption = Adoption.of(registry)
            if adoption is None:
                adoption = Adoption(registry, self.store, names, sharing.series_limit)
                adoption.begin()
            self._adoption = adoption

    def counter(self, metric: Counter) -> client.Counter:
        """The client's counter for a catalogue counter."""
        name, labels, _ = shape = self._shape(metric)
        with _LOCK:
            found = self._existing(shape)
            if not isinstance(found, client.Counter):
                found = client.Counter(name, metric.help, labels, registry=None)
                self._register(shape, found, metric)
        return found

    def gauge(self, metric: Gauge) -> client.Gauge:
        """The client's gauge for a catalogue gauge."""
        name, labels, _ = shape = self._shape(metric)
        with _LOCK:
            found = self._existing(shape)
            if not isinstance(found, client.Gauge):
                found = client.Gauge(name, metric.help, labels, registry=None, multiprocess_mode="livesum")
                self._register(shape, found, metric)
        return found

    def histogram(self, metric: Histogram) -> client.Histogram:
        """The client's histogram for a catalogue histogram."""
        name, labels, buckets = shape = (*self._shape(metric)[:2], metric.buckets)
        with _LOCK:
            found = self._existing(shape)
            if not isinstance(found, client.Histogram):
                found = client.Histogram(name, metric.help, labels, registry=None, buckets=buckets)
                self._register(shape, found, metric)
        return found

    def guard(self, label: Label, metric: Metric) -> Guard:
        """A guard of a label's values, whose warning speaks of a metric; what it folds is counted."""
        names, folded = self.names, self.counter(DROPPED_SERIES)
        limit = self._limits[label] + 1 if label in self._limits else None
        return Guard(
            label,
            limit,
            metric=names.metric(metric),
            count=lambda metric: folded.labels(names.metric(metric)).inc(),
        )

    def collector(self, made: Made, *, name: str, labels: tuple[str, ...], buckets: tuple[float, ...] = ()) -> Made:
        """A collector of several metrics, known by the first one's name; an equal one already there is returned."""
        shape = (name, labels, buckets)
        with _LOCK:
            found = self._existing(shape)
            if isinstance(found, type(made)):
                return found
            self._register(shape, made)
        return made

    def collector_if_free(self, made: Collector, *, name: str) -> bool:
        """A collector whose metrics may also come from elsewhere in the registry; then that stays, and it says no."""
        with suppress(InvalidDeclaration):
            self.collector(made, name=name, labels=())
            return True
        return False

    def _shape(self, metric: Metric) -> Shape:
        own = (label for label in metric.labels if label != WORKER)
        return self.names.metric(metric), tuple(self.names.label(label) for label in own), ()

    def _existing(self, shape: Shape) -> Collector | None:
        created = _CREATED.setdefault(self.registry, {})
        known, collector = created.get(shape[0], (None, None))
        if known is not None and known != shape:
            raise InvalidDeclaration(
                f"metric {shape[0]!r}",
                ["this registry already has it with other labels or buckets; use another registry, or equal names"],
            )
        return collector

    def _register(self, shape: Shape, collector: Collector, metric: Metric | None = None) -> None:
        try:
            self._adoption.register(collector, schema_of(metric, self.names) if metric is not None else None)
        except ValueError as error:
            raise InvalidDeclaration(
                f"metric {shape[0]!r}",
                [f"the registry has it from elsewhere ({error}); use another registry, or rename it with Names"],
            ) from error
        _CREATED[self.registry][shape[0]] = (shape, collector)
