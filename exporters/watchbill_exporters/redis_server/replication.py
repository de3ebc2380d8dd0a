"""Replication, as a master and as a replica see it."""

from collections.abc import Iterable, Mapping

from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.replication import (
    REDIS_BACKLOG_ACTIVE,
    REDIS_BACKLOG_FIRST,
    REDIS_BACKLOG_LENGTH,
    REDIS_BACKLOG_SIZE,
    REDIS_FULL_RESYNCS,
    REDIS_MASTER_LAG,
    REDIS_MASTER_LAG_BYTES,
    REDIS_MASTER_LAST_IO,
    REDIS_MASTER_LINK_DOWN,
    REDIS_MASTER_LINK_UP,
    REDIS_MASTER_OFFSET,
    REDIS_MASTER_SYNC,
    REDIS_PARTIAL_RESYNCS,
    REDIS_PARTIAL_RESYNCS_DENIED,
    REDIS_REPLICA_LAG,
    REDIS_REPLICA_LAG_BYTES,
    REDIS_REPLICA_OFFSET,
    REDIS_REPLICAS,
    REDIS_SECOND_OFFSET,
    REDIS_SLAVE_EXPIRES,
    REDIS_SLAVE_INFO,
    REDIS_SLAVE_OFFSET,
    REDIS_SLAVE_PRIORITY,
    REDIS_SLAVE_READ_OFFSET,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Convert, Fields, measured, up
from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.replies import INFO, Replies

_FIELDS: Fields = {
    "connected_slaves": REDIS_REPLICAS,
    "master_repl_offset": REDIS_MASTER_OFFSET,
    "second_repl_offset": REDIS_SECOND_OFFSET,
    "repl_backlog_active": REDIS_BACKLOG_ACTIVE,
    "repl_backlog_size": REDIS_BACKLOG_SIZE,
    "repl_backlog_first_byte_offset": REDIS_BACKLOG_FIRST,
    "repl_backlog_histlen": REDIS_BACKLOG_LENGTH,
    "sync_full": REDIS_FULL_RESYNCS,
    "sync_partial_ok": REDIS_PARTIAL_RESYNCS,
    "sync_partial_err": REDIS_PARTIAL_RESYNCS_DENIED,
    "slave_expires_tracked_keys": REDIS_SLAVE_EXPIRES,
    "slave_priority": REDIS_SLAVE_PRIORITY,
}
_OF_MASTER: Mapping[str, tuple[Metric, Convert]] = {
    "master_link_status": (REDIS_MASTER_LINK_UP, up),
    "master_last_io_seconds_ago": (REDIS_MASTER_LAST_IO, float),
    "master_sync_in_progress": (REDIS_MASTER_SYNC, float),
    "slave_repl_offset": (REDIS_SLAVE_OFFSET, float),
    "slave_read_repl_offset": (REDIS_SLAVE_READ_OFFSET, float),
}


def _replication(replies: Replies) -> Iterable[Measured]:
    info = replies.info
    yield from measured(_FIELDS, info)
    yield from _replicas(info)
    if info.get("role") == "slave":
        yield from _master(info)


def _replicas(info: Mapping[str, str]) -> Iterable[Measured]:
    """The replicas that a server lists as slave0, slave1 and so on; a replica can have replicas too."""
    # By their names and not by `connected_slaves`, which may be any number.
    found = [pairs(text) for name, text in info.items() if name.startswith("slave") and name[5:].isdecimal()]
    keys = [(one["ip"], one["port"], one["state"]) for one in found]
    offset = float(info.get("master_repl_offset", 0))
    yield Measured(REDIS_REPLICA_OFFSET, keys, [float(one["offset"]) for one in found])
    # A replica that is not `online` is sent all data first, and confirms nothing meanwhile.
    behind = [max(0.0, offset - float(one["offset"])) if one["state"] == "online" else None for one in found]
    yield column(REDIS_REPLICA_LAG_BYTES, keys, behind)
    lags = [float(one["lag"]) if "lag" in one and one["state"] == "online" else None for one in found]
    yield column(REDIS_REPLICA_LAG, keys, lags)


def _master(info: Mapping[str, str]) -> Iterable[Measured]:
    key = (info.get("master_host", ""), info.get("master_port", ""))
    for name, (metric, convert) in _OF_MASTER.items():
        if name in info:
            yield series(metric, [(key, convert(info[name]))])
    yield series(REDIS_SLAVE_INFO, [((*key, info.get("slave_read_only", "")), 1.0)])
    yield column(REDIS_MASTER_LINK_DOWN, [key], [_known(info, "master_link_down_since_seconds")])
    yield column(REDIS_MASTER_LAG, [key], [_seconds_behind(info)])
    yield column(REDIS_MASTER_LAG_BYTES, [key], [_bytes_behind(info)])


def _seconds_behind(info: Mapping[str, str]) -> float | None:
    if info.get("master_link_status") == "up":
        return _known(info, "master_last_io_seconds_ago")
    return _known(info, "master_link_down_since_seconds")


def _known(info: Mapping[str, str], name: str) -> float | None:
    """A number of seconds; Redis writes -1 where it does not know, as before a replica's first connection."""
    seconds = float(info.get(name, -1))
    return seconds if seconds >= 0 else None


def _bytes_behind(info: Mapping[str, str]) -> float | None:
    if info.get("master_link_status") != "up" or "slave_read_repl_offset" not in info:
        return None
    return max(0.0, float(info["slave_read_repl_offset"]) - float(info["slave_repl_offset"]))


REPLICATION = RedisCollector("replication", (INFO,), _replication)
