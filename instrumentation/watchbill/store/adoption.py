"""The metrics of prometheus-client in a registry, whose numbers a store keeps from then on.

Counters, gauges, histograms, summaries and enums are adopted. Infos, gauges with a function, and collectors of the
application's own stay this worker's.
"""
# ruff: noqa: SLF001  prometheus-client offers no other way to say where its numbers are

import os
from functools import partial
from threading import Lock, RLock
from typing import Any, Self
from weakref import WeakSet, ref

import prometheus_client as client
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector, CollectorRegistry

from watchbill.catalogue.watching import DROPPED_SERIES
from watchbill.names import Names
from watchbill.problem import is_a
from watchbill.store.adopted import Adopted
from watchbill.store.client_schema import client_schema
from watchbill.store.client_value import own_attributes
from watchbill.store.collector import StoreCollector
from watchbill.store.schema import Schema, schema_of
from watchbill.store.store import Store
from watchbill.store.workers import SERIES_LIMIT

_ADOPTIONS: "WeakSet[Adoption]" = WeakSet()


class Adoption:
    """Adopts what a registry holds and what is registered later. A registry has one at most."""

    def __init__(self, registry: CollectorRegistry, store: Store, names: Names, limit: int = SERIES_LIMIT) -> None:
        self.store = store
        self.limit = limit
        self._names = names
        # The metrics refer to this, and must not keep a registry that nobody has any more.
        self._registry = ref(registry)
        self._adopted: dict[Any, Adopted] = {}
        self._waiting: list[Any] = []
        self._lock = RLock()

    @classmethod
    def of(cls, registry: CollectorRegistry) -> Self | None:
        """The one at work in a registry."""
        owner = getattr(registry.register, "__self__", None)
        return owner if isinstance(owner, cls) else None

    def begin(self) -> None:
        """Adopts all there is, and listens for more."""
        registry = self._known()
        own_attributes(registry)["register"] = self.register
        own_attributes(registry)["unregister"] = self.unregister
        _ADOPTIONS.add(self)
        _renew_locks_after_fork()
        for collector in collectors_of(registry):
            self.adopt(collector)

    def end(self) -> None:
        """Gives every metric its own numbers back, and listens no more."""
        registry = self._known()
        own_attributes(registry).pop("register", None)
        own_attributes(registry).pop("unregister", None)
        _ADOPTIONS.discard(self)
        self.adopt_waiting()
        for metric in list(self._adopted):
            self.release(metric)

    def register(self, collector: Collector, schema: Schema | None = None) -> None:
        """What the registry does, and adoption."""
        registry = self._known()
        type(registry).register(registry, collector)
        self.adopt_waiting()
        self.adopt(collector, schema)

    def unregister(self, collector: Collector) -> None:
        """What the registry does, and the end of adoption."""
        registry = self._known()
        type(registry).unregister(registry, collector)
        self.release(collector)

    def adopt(self, collector: Any, schema: Schema | None = None) -> None:
        """Keeps a metric's numbers in the store, merged as its `multiprocess_mode` says where no schema is given."""
        with self._lock:
            if collector in self._adopted:
                return
            if is_a(collector, client.Enum) and not hasattr(collector, "_states") and not collector._labelnames:
                self._wait_for_states(collector)
                return
            try:
                schema = schema or client_schema(collector)
                if schema is None:
                    return
                adopted = Adopted(collector, self.store.family(schema), self)
                adopted.begin()
                self._adopted[collector] = adopted
            except Exception as error:  # noqa: BLE001  never into the application
                self.store.lost(error)

    def _wait_for_states(self, enum: Any) -> None:
        """An enum registers itself before it knows its states."""
        self._waiting.append(enum)
        enum.state = partial(self._first_state, enum)

    def _first_state(self, enum: Any, state: str) -> None:
        self.adopt_waiting()
        enum.state(state)

    def adopt_waiting(self) -> None:
        """Adopts the enums that have been made meanwhile."""
        with self._lock:
            ready = [one for one in self._waiting if hasattr(one, "_states")]
            self._waiting = [one for one in self._waiting if one not in ready]
            for enum in ready:
                own_attributes(enum).pop("state", None)
                self.adopt(enum)

    def release(self, collector: Any) -> None:
        """The metric's numbers are its own again."""
        with self._lock:
            self.adopt_waiting()
            adopted = self._adopted.pop(collector, None)
            if adopted is not None:
                adopted.end()
                self.store.drop(adopted.family)

    def has(self, collector: Collector) -> bool:
        """Whether its numbers are in the store."""
        return collector in self._adopted

    def dropped(self, metric: str) -> None:
        """Counts an observation that went to the series for all the rest."""
        family = self.store.family(schema_of(DROPPED_SERIES, self._names))
        at = self.store.series(family, (metric,))
        with self.store.lock:
            self.store.cells[at] += 1

    def renew_locks(self) -> None:
        """In a child process: threads that held them are not there."""
        self._lock = RLock()
        registry = self._registry()
        if registry is not None:
            _renew(registry)
            metrics = [one for one in own_attributes(registry)["_collector_to_names"] if is_a(one, MetricWrapperBase)]
            for metric in metrics:
                _renew(metric)
                for child in getattr(metric, "_metrics", {}).values():
                    _renew(child)

    def _known(self) -> CollectorRegistry:
        registry = self._registry()
        assert registry is not None, "it is called through the registry"  # noqa: S101  cannot be otherwise
        return registry


def foreign(registry: CollectorRegistry) -> list[Collector]:
    """The collectors whose families are not in the store."""
    adoption = Adoption.of(registry)
    if adoption is not None:
        adoption.adopt_waiting()
    return [
        collector
        for collector in collectors_of(registry)
        if not isinstance(collector, StoreCollector) and not (adoption and adoption.has(collector))
    ]


def collectors_of(registry: CollectorRegistry) -> list[Collector]:
    """All that are registered."""
    inside = own_attributes(registry)
    with inside["_lock"]:
        return list(inside["_collector_to_names"])


def _renew(owner: Any) -> None:
    inside = own_attributes(owner)
    if "_lock" in inside:
        inside["_lock"] = RLock() if isinstance(inside["_lock"], type(RLock())) else Lock()


_HOOKED: list[bool] = []


def _renew_locks_after_fork() -> None:
    if not _HOOKED:
        _HOOKED.append(True)
        os.register_at_fork(after_in_child=_renew_all)


def _renew_all() -> None:
    for adoption in list(_ADOPTIONS):
        adoption.renew_locks()
