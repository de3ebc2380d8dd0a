"""The metrics of prometheus-client in a registry, whose numbers a store keeps from then on.

Counters, gauges, histograms, summaries and enums are adopted. Infos, gauges with a function, and collectors of the
application's own stay this worker's.
"""
# ruff: noqa: SLF001  prometheus-client offers no other way to say where its numbers are

import logging
import os
from collections.abc import Callable
from functools import partial
from threading import Lock, RLock
from typing import Any, Self
from weakref import WeakSet, ref

import prometheus_client as client
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector, CollectorRegistry

from watchbill.catalogue.watching import DROPPED_SERIES
from watchbill.guard import OTHER
from watchbill.names import Names
from watchbill.store.client_value import Series, keep, release
from watchbill.store.collector import StoreCollector
from watchbill.store.schema import Kind, Merge, Schema, schema_of
from watchbill.store.store import Store, StoredFamily
from watchbill.store.workers import SERIES_LIMIT

_LOG = logging.getLogger("watchbill")
_INFINITE = float("inf")
_MERGES: dict[str, Merge] = {
    "all": "worker",
    "liveall": "worker",
    "sum": "live",
    "livesum": "live",
    "max": "max",
    "livemax": "max",
    "min": "min",
    "livemin": "min",
    "mostrecent": "latest",
    "livemostrecent": "live_latest",
}
_ADOPTIONS: "WeakSet[Adoption]" = WeakSet()


class Children(dict[tuple[str, ...], Any]):
    """The children of a metric with labels. Beyond the limit there is one for all, whose label values are `_other`."""

    def __init__(self, adopted: "Adopted") -> None:
        super().__init__()
        self._adopted = adopted

    def __setitem__(self, values: tuple[str, ...], child: Any) -> None:
        adopted = self._adopted
        if len(self) + 1 >= adopted.limit and values != adopted.rest:
            adopted.overflows(self)
            if adopted.rest in self:
                return
            values = child._labelvalues = adopted.rest
        adopted.take(child, values)
        super().__setitem__(values, child)

    def __missing__(self, values: tuple[str, ...]) -> Any:
        if len(self) >= self._adopted.limit:
            return self[self._adopted.rest]
        raise KeyError(values)

    def __delitem__(self, values: tuple[str, ...]) -> None:
        self._adopted.forget(self[values], values)
        super().__delitem__(values)

    def pop(self, values: tuple[str, ...], *default: Any) -> Any:
        """As of a dictionary."""
        if values in self:
            self._adopted.forget(self[values], values)
        return super().pop(values, *default)


class Adopted:
    """One metric whose numbers are in the store."""

    def __init__(self, metric: Any, family: StoredFamily, adoption: "Adoption") -> None:
        self.metric = metric
        self.family = family
        self.limit = adoption.limit
        self.rest = (OTHER,) * len(metric._labelnames)
        self._adoption = adoption
        self._warned = False

    def begin(self) -> None:
        """Takes what there is, and whatever comes."""
        metric = self.metric
        if metric._is_parent():
            with metric._lock:
                self._take_over(metric._metrics)
            metric.clear = self._clear
        else:
            self.take(metric, ())

    def end(self) -> None:
        """Gives the metric its own numbers back."""
        metric = self.metric
        if not metric._is_parent():
            self.forget(metric, ())
            return
        with metric._lock:
            children, metric._metrics = metric._metrics, dict(metric._metrics)
            for values, child in children.items():
                self.forget(child, values)
        vars(metric).pop("clear", None)

    def take(self, child: Any, values: tuple[str, ...]) -> None:
        """A metric without labels, or a child."""
        store, family = self._adoption.store, self.family
        if isinstance(child, client.Enum):
            _Enumerated(child, store, family, values).begin()
            return
        keep(child, Series(store, family, store.series(family, values)))
        if isinstance(child, client.Gauge):
            vars(child)["set_function"] = self._set_function_of(child)

    def forget(self, child: Any, values: tuple[str, ...]) -> None:
        """A child that was removed."""
        store, family = self._adoption.store, self.family
        if isinstance(child, client.Enum):
            _Enumerated(child, store, family, values).end()
            return
        vars(child).pop("set_function", None)
        release(child)
        store.remove(family, values)

    def overflows(self, children: Children) -> None:
        """Counts one that has no place of its own, and says so once."""
        self._adoption.dropped(self.family.schema.name)
        if self._warned:
            return
        self._warned = True
        names = self.metric._labelnames
        counts = {name: len({values[place] for values in children}) for place, name in enumerate(names)}
        label = max(counts, key=lambda name: counts[name])
        _LOG.warning(
            "watchbill: metric %r has reached its limit of %d series (label %r has %d values); further ones are %r",
            self.family.schema.name,
            self.limit,
            label,
            counts[label],
            OTHER,
        )

    def _take_over(self, before: dict[tuple[str, ...], Any]) -> None:
        children = Children(self)
        for values, child in before.items():
            children[values] = child
        self.metric._metrics = children

    def _clear(self) -> None:
        with self.metric._lock:
            for values, child in self.metric._metrics.items():
                self.forget(child, values)
            self._take_over({})

    def _set_function_of(self, child: Any) -> Callable[[Callable[[], float]], None]:
        def set_function(function: Callable[[], float]) -> None:
            # Nobody else can call it, so the metric becomes this worker's own.
            self._adoption.release(self.metric)
            child.set_function(function)

        return set_function


class _Enumerated:
    """An enum's states, as a series each."""

    def __init__(self, enum: Any, store: Store, family: StoredFamily, values: tuple[str, ...]) -> None:
        self._enum = enum
        self._store = store
        self._family = family
        self._values = values

    def begin(self) -> None:
        self._enum.state = self._state
        self._write()

    def end(self) -> None:
        vars(self._enum).pop("state", None)
        for state in self._enum._states:
            self._store.remove(self._family, (*self._values, state))

    def _state(self, state: str) -> None:
        type(self._enum).state(self._enum, state)
        self._write()

    def _write(self) -> None:
        places = [self._store.series(self._family, (*self._values, state)) for state in self._enum._states]
        with self._store.lock:
            for number, at in enumerate(places):
                self._store.cells[at] = float(number == self._enum._value)


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
        vars(registry)["register"] = self.register
        vars(registry)["unregister"] = self.unregister
        _ADOPTIONS.add(self)
        _renew_locks_after_fork()
        for collector in collectors_of(registry):
            self.adopt(collector)

    def end(self) -> None:
        """Gives every metric its own numbers back, and listens no more."""
        registry = self._known()
        vars(registry).pop("register", None)
        vars(registry).pop("unregister", None)
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
            if isinstance(collector, client.Enum) and not hasattr(collector, "_states") and not collector._labelnames:
                self._wait_for_states(collector)
                return
            schema = schema or _schema(collector)
            if schema is None:
                return
            try:
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
                vars(enum).pop("state", None)
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
            metrics = (one for one in registry._collector_to_names if isinstance(one, MetricWrapperBase))
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
    with registry._lock:
        return list(registry._collector_to_names)


def _schema(metric: Any) -> Schema | None:
    """The schema of a metric of the client's; None for what cannot be kept in the store."""
    if not isinstance(metric, MetricWrapperBase):
        return None
    if any("_child_samples" in vars(one) for one in (metric, *getattr(metric, "_metrics", {}).values())):
        return None
    if isinstance(metric, client.Enum):
        labels = (*metric._labelnames, metric._name)
        return Schema(metric._name, "gauge", metric._documentation, labels, (), "worker")
    if isinstance(metric, client.Counter):
        return _plain(metric, "counter", "_total")
    if isinstance(metric, client.Gauge):
        return _plain(metric, "gauge", merge=_MERGES[metric._multiprocess_mode])
    if isinstance(metric, client.Summary):
        return _plain(metric, "summary")
    if isinstance(metric, client.Histogram):
        bounds = tuple(metric._upper_bounds[:-1])
        ascending = list(bounds) == sorted(set(bounds)) and all(-_INFINITE < bound < _INFINITE for bound in bounds)
        return _plain(metric, "histogram", bounds=bounds) if ascending else None
    return None


def _plain(
    metric: Any, kind: Kind, ending: str = "", *, bounds: tuple[float, ...] = (), merge: Merge = "sum"
) -> Schema:
    name = metric._name + ending
    return Schema(name, kind, metric._documentation, tuple(metric._labelnames), bounds, merge)


def _renew(owner: Any) -> None:
    old = vars(owner).get("_lock")
    if old is not None:
        owner._lock = RLock() if isinstance(old, type(RLock())) else Lock()


_HOOKED: list[bool] = []


def _renew_locks_after_fork() -> None:
    if not _HOOKED:
        _HOOKED.append(True)
        os.register_at_fork(after_in_child=_renew_all)


def _renew_all() -> None:
    for adoption in list(_ADOPTIONS):
        adoption.renew_locks()
