"""Each client by itself, where the target's configuration asks for it."""

import re
from collections.abc import Iterable, Mapping, Sequence

from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.client_list import (
    MOST_CLIENTS,
    REDIS_CLIENT_CREATED,
    REDIS_CLIENT_IDLE_SINCE,
    REDIS_CLIENT_INFO,
    REDIS_CLIENT_MEMORY,
    REDIS_CLIENT_OUTPUT_LENGTH,
    REDIS_CLIENT_OUTPUT_LIST,
    REDIS_CLIENT_OUTPUT_MEMORY,
    REDIS_CLIENT_PATTERNS,
    REDIS_CLIENT_QUERY_BUFFER,
    REDIS_CLIENT_QUERY_BUFFER_FREE,
    REDIS_CLIENT_SHARD_SUBSCRIPTIONS,
    REDIS_CLIENT_SUBSCRIPTIONS,
    REDIS_CLIENTS_OUTPUT_MAX,
    REDIS_CLIENTS_OUTPUT_SUM,
)
from watchbill_exporters.collector import Key, Measured, column, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.pairs import assigned
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.request import Request

_LIST = Request(("CLIENT", "LIST"))
_OUTPUT = re.compile(r" omem=(\d+)")
_MOST_PARTS = 64
_COLUMNS: Sequence[tuple[str, Metric]] = (
    ("sub", REDIS_CLIENT_SUBSCRIPTIONS),
    ("psub", REDIS_CLIENT_PATTERNS),
    ("ssub", REDIS_CLIENT_SHARD_SUBSCRIPTIONS),
    ("qbuf", REDIS_CLIENT_QUERY_BUFFER),
    ("qbuf-free", REDIS_CLIENT_QUERY_BUFFER_FREE),
    ("obl", REDIS_CLIENT_OUTPUT_LENGTH),
    ("omem", REDIS_CLIENT_OUTPUT_MEMORY),
    ("oll", REDIS_CLIENT_OUTPUT_LIST),
    ("tot-mem", REDIS_CLIENT_MEMORY),
)


def _client_list(replies: Replies) -> Iterable[Measured]:
    text = replies.text(_LIST)
    total, largest = _output(text)
    yield single(REDIS_CLIENTS_OUTPUT_SUM, total)
    yield single(REDIS_CLIENTS_OUTPUT_MAX, largest)
    lines = text.split("\n", MOST_CLIENTS)[:MOST_CLIENTS]
    shown = [assigned(line.split(" ", _MOST_PARTS)[:_MOST_PARTS], "=") for line in lines if line]
    yield Measured(REDIS_CLIENT_INFO, [_described(one) for one in shown], [1.0] * len(shown))
    keys = [(one["id"], one.get("name", "")) for one in shown]
    for part, metric in _COLUMNS:
        yield column(metric, keys, [float(one[part]) if part in one else None for one in shown])
    now = int(replies.info["server_time_usec"]) // 1_000_000
    yield Measured(REDIS_CLIENT_CREATED, keys, [float(now - int(one["age"])) for one in shown])
    yield Measured(REDIS_CLIENT_IDLE_SINCE, keys, [float(now - int(one["idle"])) for one in shown])


def _output(text: str) -> tuple[float, float]:
    """Bytes of all clients' output buffers, and of the largest; without a list of them: there may be very many."""
    total = largest = 0.0
    for found in _OUTPUT.finditer(text):
        size = float(found[1])
        total, largest = total + size, max(largest, size)
    return total, largest


def _described(client: Mapping[str, str]) -> Key:
    host = client.get("addr", "").rpartition(":")[0].strip("[]")
    return (
        client["id"],
        client.get("name", ""),
        client.get("flags", ""),
        client.get("db", ""),
        host,
        client.get("resp", ""),
        client.get("user", ""),
    )


CLIENT_LIST = RedisCollector("client_list", (INFO, _LIST), _client_list)
