"""The vocabulary of each service of a stack: what it, Prometheus and the exporter expose, in its own spelling."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import cast

from watchbill.catalogue import METRICS
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE
from watchbill.catalogue.metric import Metric, Recorded, Synthetic
from watchbill.flow.declared import families_of
from watchbill.flow.family import Family
from watchbill.flow.vocabulary import Vocabulary
from watchbill.names import CLASSIC, Names
from watchbill.service import Service
from watchbill.stack import Stack

_TIMED = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE)
Families = Mapping[str, Family]


def vocabulary_of(service: Service | None, stack: Stack) -> Vocabulary:
    """What a service's expressions may read, but for what rules record; without a service, the stack's own may.

    The other services' own metrics are in it, behind its own and the catalogue's.
    """
    return layered(own(service), exposed(service), own_of_everyone(stack))


def exposed(service: Service | None) -> dict[str, Family]:
    """The catalogue but for what rules record, under a service's names and with its latency bounds.

    Services that share both share the mapping.
    """
    if service is None:
        return _exposed(CLASSIC, _TIMED[0].buckets)
    return _exposed(service.names, service.latency_buckets)


def own(service: Service | None) -> dict[str, Family]:
    """What a service declares beside the catalogue."""
    return {} if service is None or not service.metrics else _own(tuple(service.metrics), service.names)


@lru_cache(maxsize=4)
def own_of_everyone(stack: Stack) -> dict[str, Family]:
    """What all services of a stack declare beside the catalogue."""
    return {name: family for service in stack.services for name, family in own(service).items()}


def layered(*layers: Families) -> Vocabulary:
    """A vocabulary in which the first layer that knows a name holds; the layers are not copied."""
    flat: list[MutableMapping[str, Family]] = []
    for layer in layers:
        if isinstance(layer, ChainMap):
            flat.extend(layer.maps)
        else:
            flat.append(cast("dict[str, Family]", layer))
    return Vocabulary(ChainMap(*flat))


def by_name(families: Iterable[Family]) -> dict[str, Family]:
    """Families by the names of their series."""
    return {family.name: family for family in families}


@lru_cache(maxsize=1024)
def _exposed(names: Names, bounds: tuple[float, ...]) -> dict[str, Family]:
    timed = (replace(metric, buckets=bounds, place=metric.place) for metric in _TIMED)
    return _unbounded(names) | by_name(families_of(timed, names))


@cache
def _unbounded(names: Names) -> dict[str, Family]:
    scraped = (one for one in METRICS.values() if isinstance(one, Synthetic) or not isinstance(one, Recorded))
    return by_name(families_of(scraped, names))


@lru_cache(maxsize=4096)
def _own(metrics: tuple[Metric, ...], names: Names) -> dict[str, Family]:
    return by_name(families_of(metrics, names))
