"""Fields of INFO that are metrics as they stand, or in another unit."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from watchbill.catalogue import Metric
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.replies import INFO, Replies

Convert = Callable[[str], float]
Fields = Mapping[str, Metric | tuple[Metric, Convert]]
"""By the name in INFO; without a conversion the number stands as it is."""


def microseconds(text: str) -> float:
    """Microseconds as seconds."""
    return float(text) / 1_000_000


def milliseconds(text: str) -> float:
    """Milliseconds as seconds."""
    return float(text) / 1_000


def ok(text: str) -> float:
    """1 for `ok`."""
    return float(text == "ok")


def up(text: str) -> float:
    """1 for `up`."""
    return float(text == "up")


def measured(fields: Fields, info: Mapping[str, str]) -> Iterable[Measured]:
    """A metric for each field that this server's version has."""
    for name, metric in fields.items():
        value = info.get(name)
        if value is None:
            continue
        if isinstance(metric, tuple):
            yield single(metric[0], metric[1](value))
        else:
            yield single(metric, float(value))


def _read(fields: Fields, replies: Replies) -> Iterable[Measured]:
    return measured(fields, replies.info)


def of_info(name: str, fields: Fields) -> RedisCollector:
    """A collector that reads fields of INFO alone."""
    return RedisCollector(name, (INFO,), partial(_read, fields))
