"""What a metric of prometheus-client looks like in a store."""
# ruff: noqa: SLF001  prometheus-client does not tell otherwise

from typing import Any, cast

import prometheus_client as client
from prometheus_client.metrics import MetricWrapperBase

from watchbill.problem import is_a
from watchbill.store.schema import Kind, Merge, Schema

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


def client_schema(metric: Any) -> Schema | None:
    """The schema of a metric of the client's; None for what cannot be kept in the store."""
    if not is_a(metric, MetricWrapperBase):
        return None
    if any(_has_function(one) for one in (metric, *getattr(metric, "_metrics", {}).values())):
        return None
    if is_a(metric, client.Enum):
        labels = (*metric._labelnames, metric._name)
        return Schema(metric._name, "gauge", metric._documentation, labels, (), "worker")
    if is_a(metric, client.Counter):
        return _plain(metric, "counter", "_total")
    if is_a(metric, client.Gauge):
        return _plain(metric, "gauge", merge=_MERGES[metric._multiprocess_mode])
    if is_a(metric, client.Summary):
        return _plain(metric, "summary")
    if is_a(metric, client.Histogram):
        bounds = tuple(metric._upper_bounds[:-1])
        ascending = list(bounds) == sorted(set(bounds)) and all(-_INFINITE < bound < _INFINITE for bound in bounds)
        return _plain(metric, "histogram", bounds=bounds) if ascending else None
    return None


def _plain(
    metric: Any, kind: Kind, ending: str = "", *, bounds: tuple[float, ...] = (), merge: Merge = "sum"
) -> Schema:
    name = metric._name + ending
    return Schema(name, kind, metric._documentation, tuple(metric._labelnames), bounds, merge)


def _has_function(metric: Any) -> bool:
    """Whether a gauge was given a function to ask; `vars` would make the metric's own attributes slower to read."""
    made: Any = cast("Any", type(metric))
    return bool(metric._child_samples.__func__ is not made._child_samples)
