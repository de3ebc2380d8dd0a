"""Settings: those that dashboards need, and what else the configuration names from a list that holds no secret."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.settings import (
    REDIS_CONFIG_BACKLOG,
    REDIS_CONFIG_BUFFER_LIMIT,
    REDIS_CONFIG_BUFFER_SECONDS,
    REDIS_CONFIG_IO_THREADS,
    REDIS_CONFIG_KEY_VALUE,
    REDIS_CONFIG_MAXCLIENTS,
    REDIS_CONFIG_MAXMEMORY,
    REDIS_CONFIG_VALUE,
)
from watchbill_exporters.collector import Measured, Row, series, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.replies import DATABASES, INFO, Refused, Replies
from watchbill_exporters.redis_server.request import Request

_NAMED: Mapping[str, Metric] = {
    "maxmemory": REDIS_CONFIG_MAXMEMORY,
    "maxclients": REDIS_CONFIG_MAXCLIENTS,
    "io-threads": REDIS_CONFIG_IO_THREADS,
    "repl-backlog-size": REDIS_CONFIG_BACKLOG,
}
_BUFFERS = "client-output-buffer-limit"


def settings_collector(names: Sequence[str]) -> RedisCollector:
    """Reads these settings, one CONFIG GET each: servers before Redis 7 answer no list of names."""
    asked = {name: _get(name) for name in dict.fromkeys((*_NAMED, _BUFFERS, *names))}
    return RedisCollector("settings", (INFO,), partial(_settings, asked, names), partial(_ask, asked))


def _ask(asked: Mapping[str, Request], replies: Replies) -> Iterable[Request]:
    """One question shows whether CONFIG is allowed; the others follow only then, so that a refusal is one."""
    return asked.values() if replies.mode != "sentinel" and replies.grants(DATABASES) else ()


def _settings(asked: Mapping[str, Request], shown: Sequence[str], replies: Replies) -> Iterable[Measured]:
    if replies.mode == "sentinel":
        return
    if not replies.grants(DATABASES):
        replies.get(DATABASES)
        raise Refused("CONFIG GET is refused")
    found = {name: value for name, request in asked.items() if (value := replies.setting(request)) is not None}
    for name, metric in _NAMED.items():
        if name in found:
            yield single(metric, float(found[name]))
    yield from _buffers(found.get(_BUFFERS, ""))
    of_interest = [(name, found[name]) for name in shown if name in found]
    yield series(REDIS_CONFIG_VALUE, _numbers(of_interest))
    yield series(REDIS_CONFIG_KEY_VALUE, [((name, value), 1.0) for name, value in of_interest])


def _numbers(values: Iterable[tuple[str, str]]) -> Iterable[Row]:
    for name, value in values:
        if value.removeprefix("-").isdecimal():
            yield (name,), float(value)


def _buffers(value: str) -> Iterable[Measured]:
    """`normal 0 0 0 slave 268435456 67108864 60 pubsub …`: hard and soft limit, and the soft one's seconds."""
    words = value.split()
    classes = list(zip(words[::4], words[1::4], words[2::4], words[3::4], strict=True))
    limits = [
        ((kind, name), float(size))
        for kind, hard, soft, _ in classes
        for name, size in (("hard", hard), ("soft", soft))
    ]
    yield series(REDIS_CONFIG_BUFFER_LIMIT, limits)
    yield series(REDIS_CONFIG_BUFFER_SECONDS, [((kind, "soft"), float(seconds)) for kind, _, _, seconds in classes])


def _get(name: str) -> Request:
    return Request(("CONFIG", "GET", name))
