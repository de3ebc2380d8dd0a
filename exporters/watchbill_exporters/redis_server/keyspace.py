"""Keys by numbered database."""

import re
from collections.abc import Iterable

from watchbill.catalogue.redis import REDIS_KEYS, REDIS_KEYS_EXPIRING
from watchbill_exporters.collector import Measured
from watchbill_exporters.redis_server.replies import DATABASES, Replies

_DATABASE = re.compile(r"db\d+")
_KEYS = re.compile(r"keys=(\d+),expires=(\d+)")


def keyspace(replies: Replies) -> Iterable[Measured]:
    """Keys and keys with a time to live; INFO leaves empty databases out, whose truth is 0."""
    if replies.info.get("redis_mode") == "sentinel":
        return
    keys = {f"db{number}": (0.0, 0.0) for number in range(_databases(replies))}
    for name, value in replies.info.items():
        if not _DATABASE.fullmatch(name):
            continue
        found = _KEYS.match(value)
        if found is None:
            raise ValueError(f"INFO describes {name} as {value[:80]!r}")
        keys[name] = (float(found[1]), float(found[2]))
    yield Measured(REDIS_KEYS, [((name,), total) for name, (total, _) in keys.items()])
    yield Measured(REDIS_KEYS_EXPIRING, [((name,), expiring) for name, (_, expiring) in keys.items()])


def _databases(replies: Replies) -> int:
    """How many databases there are; the first alone where CONFIG is not allowed, or in a cluster."""
    setting = replies.setting(DATABASES)
    if setting is None or not setting.isdecimal() or replies.info.get("redis_mode") == "cluster":
        return 1
    return min(int(setting), REDIS_KEYS.series_limit)
