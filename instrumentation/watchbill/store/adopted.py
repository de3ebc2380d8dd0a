"""One metric of prometheus-client whose numbers a store keeps."""
# ruff: noqa: SLF001  prometheus-client offers no other way to say where its numbers are

import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

import prometheus_client as client

from watchbill.guard import OTHER
from watchbill.problem import is_a
from watchbill.store.client_value import Series, keep, own_attributes, release
from watchbill.store.store import Store, StoredFamily

_LOG = logging.getLogger("watchbill")


class Owner(Protocol):
    """Who adopted it."""

    store: Store
    limit: int

    def dropped(self, metric: str) -> None:
        """An observation went to the series for all the rest."""
        ...

    def release(self, collector: Any) -> None:
        """The metric is to have its own numbers again."""
        ...


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
        # Asked for right after it was refused a place.
        if self._adopted.rest in self:
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

    def __init__(self, metric: Any, family: StoredFamily, owner: Owner) -> None:
        self.metric = metric
        self.family = family
        self.limit = owner.limit
        self.rest = (OTHER,) * len(metric._labelnames)
        self._owner = owner
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
        own_attributes(metric).pop("clear", None)

    def take(self, child: Any, values: tuple[str, ...]) -> None:
        """A metric without labels, or a child."""
        store, family = self._owner.store, self.family
        if is_a(child, client.Enum):
            _Enumerated(child, store, family, values).begin()
            return
        keep(child, Series(store, family, store.series(family, values)))
        if is_a(child, client.Gauge):
            child.set_function = self._set_function_of(child)

    def forget(self, child: Any, values: tuple[str, ...]) -> None:
        """A child that was removed."""
        store, family = self._owner.store, self.family
        if is_a(child, client.Enum):
            _Enumerated(child, store, family, values).end()
            return
        own_attributes(child).pop("set_function", None)
        release(child)
        store.remove(family, values)

    def overflows(self, children: Children) -> None:
        """Counts one that has no place of its own, and says so once."""
        self._owner.dropped(self.family.schema.name)
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
            self._owner.release(self.metric)
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
        own_attributes(self._enum).pop("state", None)
        for state in self._enum._states:
            self._store.remove(self._family, (*self._values, state))

    def _state(self, state: str) -> None:
        whole = cast("Any", type(self._enum))
        whole.state(self._enum, state)
        self._write()

    def _write(self) -> None:
        places = [self._store.series(self._family, (*self._values, state)) for state in self._enum._states]
        with self._store.lock:
            for number, at in enumerate(places):
                self._store.cells[at] = float(number == self._enum._value)
