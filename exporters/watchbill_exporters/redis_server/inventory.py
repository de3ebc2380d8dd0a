"""What is read of a Redis server: collectors by subject, most of them fields of INFO."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from watchbill.catalogue import Metric
from watchbill.catalogue.redis import (
    REDIS_BLOCKED_CLIENTS,
    REDIS_CLIENTS,
    REDIS_COMMANDS,
    REDIS_CONNECTIONS,
    REDIS_EVICTED,
    REDIS_EXPIRED,
    REDIS_HITS,
    REDIS_INSTANCE_INFO,
    REDIS_MAX_CLIENTS,
    REDIS_MEMORY_MAX,
    REDIS_MEMORY_RSS,
    REDIS_MEMORY_USED,
    REDIS_MISSES,
    REDIS_PERMISSION,
    REDIS_REJECTED,
    REDIS_UPTIME,
)
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.redis_server.keyspace import keyspace
from watchbill_exporters.redis_server.protocol import Command
from watchbill_exporters.redis_server.replies import DATABASES, INFO, MAX_CLIENTS, Replies


@dataclass(frozen=True, slots=True)
class RedisCollector:
    """One subject: the commands it reads, which go out with those of all others, and what they mean.

    A command that more than one collector reads is sent once.
    """

    name: str
    commands: tuple[Command, ...]
    measure: Callable[[Replies], Iterable[Measured]]


def _fields(fields: Mapping[str, Metric], replies: Replies) -> Iterable[Measured]:
    """A metric for each field of INFO that this server's version has."""
    for field, metric in fields.items():
        if field in replies.info:
            yield single(metric, float(replies.info[field]))


def _server(replies: Replies) -> Iterable[Measured]:
    info = replies.info
    mode = info.get("redis_mode", "standalone")
    # A Sentinel reports no role; its mode says what it is.
    role = info.get("role", mode)
    yield Measured(
        REDIS_INSTANCE_INFO,
        [((role, info.get("redis_version", ""), mode, info.get("maxmemory_policy", "")), 1.0)],
    )
    yield from _fields({"uptime_in_seconds": REDIS_UPTIME}, replies)


def _clients(replies: Replies) -> Iterable[Measured]:
    yield from _fields({"connected_clients": REDIS_CLIENTS, "blocked_clients": REDIS_BLOCKED_CLIENTS}, replies)
    # INFO tells the limit since Redis 6.2; before that only CONFIG does.
    limit = replies.info.get("maxclients", replies.setting(MAX_CLIENTS))
    if limit is not None:
        yield single(REDIS_MAX_CLIENTS, float(limit))


_MEMORY: Mapping[str, Metric] = {
    "used_memory": REDIS_MEMORY_USED,
    "used_memory_rss": REDIS_MEMORY_RSS,
    "maxmemory": REDIS_MEMORY_MAX,
}
_TRAFFIC: Mapping[str, Metric] = {
    "total_connections_received": REDIS_CONNECTIONS,
    "rejected_connections": REDIS_REJECTED,
    "total_commands_processed": REDIS_COMMANDS,
}
_CACHE: Mapping[str, Metric] = {
    "keyspace_hits": REDIS_HITS,
    "keyspace_misses": REDIS_MISSES,
    "evicted_keys": REDIS_EVICTED,
    "expired_keys": REDIS_EXPIRED,
}

RIGHTS: Mapping[str, Command] = {"info": INFO, "config|get": DATABASES}
"""What the exporter's user must be allowed, each with a command that shows whether it is."""


def _permissions(replies: Replies) -> Iterable[Measured]:
    known = {right: replies.grants(command) for right, command in RIGHTS.items() if replies.has(command)}
    yield Measured(REDIS_PERMISSION, [((right,), float(granted)) for right, granted in known.items()])


COLLECTORS = (
    RedisCollector("permissions", tuple(RIGHTS.values()), _permissions),
    RedisCollector("server", (INFO,), _server),
    RedisCollector("clients", (INFO, MAX_CLIENTS), _clients),
    RedisCollector("memory", (INFO,), partial(_fields, _MEMORY)),
    RedisCollector("traffic", (INFO,), partial(_fields, _TRAFFIC)),
    RedisCollector("cache", (INFO,), partial(_fields, _CACHE)),
    RedisCollector("keyspace", (INFO, DATABASES), keyspace),
)
COMMANDS: tuple[Command, ...] = tuple(
    dict.fromkeys(command for collector in COLLECTORS for command in collector.commands)
)
"""What a probe sends after its PING, each once; INFO first, because nothing is worth much without it."""
