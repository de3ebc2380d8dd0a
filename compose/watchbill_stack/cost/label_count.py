"""How many values a label takes on one target: at most, and as far as the stack file tells."""

from dataclasses import dataclass, field

from watchbill.catalogue import Label, Metric
from watchbill.catalogue.http import METHOD, ROUTE
from watchbill.catalogue.pool import DB
from watchbill.catalogue.postgres_server.server import PG_STATIC
from watchbill.catalogue.process import BUILD_INFO, WORKER
from watchbill.catalogue.redis_server.server import REDIS_INSTANCE_INFO
from watchbill.dependency import Postgres, Redis
from watchbill.guard import OTHER
from watchbill.names import CLASSIC, Names
from watchbill.service import Service

_CLOSED = "closed"
_INFOS = (BUILD_INFO, REDIS_INSTANCE_INFO, PG_STATIC)


@dataclass(frozen=True, slots=True)
class LabelCount:
    """`most` is kept by instrumentation or by the label's nature; `likely` is None where nothing tells.

    `values` are all there are, where they are known. `source` says where the numbers come from.
    """

    name: str
    most: int
    likely: int | None = None
    source: str = "bound"
    values: frozenset[str] = field(default=frozenset(), repr=False)


def counts_of(metric: Metric, service: Service | None, *, is_own: bool = False) -> tuple[LabelCount, ...]:
    """The labels that code or the exporter gives to a metric, in the spelling of the service.

    A closed label of a team's own metric may also be `_other`, because its values come from the application.
    """
    names = service.names if service is not None else CLASSIC
    counts = (_count(label, metric, service, names) for label in metric.labels)
    return tuple(_with_other(one) if is_own and one.source == _CLOSED else one for one in counts)


def _with_other(count: LabelCount) -> LabelCount:
    values = count.values | {OTHER}
    return LabelCount(count.name, len(values), count.likely, count.source, values)


def _count(label: Label, metric: Metric, service: Service | None, names: Names) -> LabelCount:
    name = names.label(label)
    if metric in _INFOS:
        return LabelCount(name, 1, 1, "one at a time")
    if label == METHOD and ROUTE in metric.labels:
        return LabelCount(name, label.limit, 1, "a route answers one method", frozenset(label.values))
    if label.is_closed:
        return LabelCount(name, label.limit, label.limit, _CLOSED, frozenset(label.values))
    if service is None:
        return LabelCount(name, label.limit)
    limit = service.label_limits.get(label)
    if limit is not None:
        # Beyond the limit there is `_other`.
        return LabelCount(name, limit + 1, limit, "label_limits")
    if label == WORKER:
        return LabelCount(name, label.limit, 1, "a target is one process")
    if label == DB:
        return LabelCount(name, label.limit, _databases(service), "uses")
    return LabelCount(name, label.limit)


def _databases(service: Service) -> int | None:
    return sum(isinstance(one, Postgres | Redis) for one in service.uses) or None
