"""Which metrics a service's processes may expose, and how the stack file says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from watchbill.catalogue import (
    FROM_OTHERS,
    Label,
    Metric,
    Recorded,
    Subject,
    background,
    cache,
    compression,
    database,
    exposition,
    health,
    http,
    outbound,
    pool,
    process,
    queue,
    rate_limit,
    redis_client,
    request_totals,
    runtime,
    tracing,
    watching,
    websocket,
    work,
)
from watchbill.dependency import Dependency, Postgres, Redis
from watchbill.service import Service

ALWAYS = "instrument(app)"
OWN = "its own"


@dataclass(frozen=True, slots=True)
class Emitted:
    """A metric that a service may expose; `because` says what of the stack file, or of every service, brings it."""

    metric: Metric
    because: str


@dataclass(frozen=True, slots=True)
class Part:
    """Metrics that come together: with every application, with a kind of dependency, or where a label is limited."""

    name: str
    metrics: tuple[Metric, ...]
    always: bool = False
    kinds: tuple[type[Dependency], ...] = ()
    labels: tuple[Label, ...] = ()

    def because(self, service: Service) -> str:
        """Why a service may expose it; empty where nothing says so."""
        if self.always:
            return ALWAYS
        for dependency in service.uses:
            if isinstance(dependency, self.kinds):
                return f"uses {dependency.title}"
        limited = next((label.name for label in self.labels if label in service.label_limits), "")
        return f"label_limits of {limited}" if limited else ""


def _of(module: ModuleType, *labels: Label, always: bool = False, kinds: tuple[type[Dependency], ...] = ()) -> Part:
    exposed = (one for one in Subject.of(module).metrics if one.name not in FROM_OTHERS)
    emitted = tuple(one for one in exposed if not isinstance(one, Recorded))
    return Part(module.__name__.rsplit(".", 1)[-1], emitted, always=always, kinds=kinds, labels=labels)


def _only(part: Part, *metrics: Metric) -> Part:
    return Part(part.name, metrics, part.always, part.kinds, part.labels)


_EVERY = (http, websocket, compression, background, process, runtime, tracing, watching, exposition)
_DATABASE = _of(database, kinds=(Postgres,))
_REDIS = _of(redis_client, kinds=(Redis,))
# Prefixes of a Redis client's keys are caches too.
_CACHE = _of(cache, cache.CACHE, kinds=(Redis,))
_QUEUE = _of(queue, queue.QUEUE, queue.TASK)
_OUTBOUND = _of(outbound, outbound.UPSTREAM, outbound.API)
PARTS = (
    *(_of(module, always=True) for module in _EVERY),
    _DATABASE,
    _REDIS,
    _of(pool, kinds=(Postgres, Redis)),
    _CACHE,
    _QUEUE,
    _OUTBOUND,
    _of(work, work.STEP, work.BATCH),
    _of(health, health.CHECK),
    _of(rate_limit, rate_limit.LIMIT),
    _only(_DATABASE, request_totals.REQUEST_QUERIES, request_totals.REQUEST_QUERY_TIME),
    _only(_REDIS, request_totals.REQUEST_ROUND_TRIPS),
    _only(_CACHE, request_totals.REQUEST_CACHE_CALLS),
    _only(_QUEUE, request_totals.REQUEST_MESSAGES),
    _only(_OUTBOUND, request_totals.REQUEST_OUTBOUND_TIME),
)


def emitted(service: Service) -> Iterator[Emitted]:
    """The metrics a service may expose, each once."""
    for part in PARTS:
        because = part.because(service)
        if because:
            yield from (Emitted(metric, because) for metric in part.metrics)
    yield from (Emitted(metric, OWN) for metric in service.metrics)


def undeclared(service: Service) -> tuple[Part, ...]:
    """Parts that the stack file says nothing of: an application that uses one exposes more than is predicted."""
    return tuple(part for part in PARTS if not part.because(service))
