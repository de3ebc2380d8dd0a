"""The nodes of the cluster: what each uses of what it has, and whether it stops publishers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watchbill.catalogue.metric import Metric
from watchbill.catalogue.rabbitmq import (
    RABBITMQ_BUILD,
    RABBITMQ_DISK_ALARM,
    RABBITMQ_DISK_FREE,
    RABBITMQ_DISK_LIMIT,
    RABBITMQ_FDS,
    RABBITMQ_FDS_LIMIT,
    RABBITMQ_MEMORY,
    RABBITMQ_MEMORY_ALARM,
    RABBITMQ_MEMORY_LIMIT,
    RABBITMQ_PARTITIONS,
    RABBITMQ_PROCESSES,
    RABBITMQ_PROCESSES_LIMIT,
    RABBITMQ_RUN_QUEUE,
    RABBITMQ_RUNNING,
    RABBITMQ_SOCKETS,
    RABBITMQ_SOCKETS_LIMIT,
    RABBITMQ_UPTIME,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.json_value import is_list, is_mapping, number

_FIELDS: Mapping[str, Metric] = {
    "mem_used": RABBITMQ_MEMORY,
    "mem_limit": RABBITMQ_MEMORY_LIMIT,
    "disk_free": RABBITMQ_DISK_FREE,
    "disk_free_limit": RABBITMQ_DISK_LIMIT,
    "fd_used": RABBITMQ_FDS,
    "fd_total": RABBITMQ_FDS_LIMIT,
    "sockets_used": RABBITMQ_SOCKETS,
    "sockets_total": RABBITMQ_SOCKETS_LIMIT,
    "proc_used": RABBITMQ_PROCESSES,
    "proc_total": RABBITMQ_PROCESSES_LIMIT,
    "run_queue": RABBITMQ_RUN_QUEUE,
}
_FLAGS: Mapping[str, Metric] = {
    "running": RABBITMQ_RUNNING,
    "mem_alarm": RABBITMQ_MEMORY_ALARM,
    "disk_free_alarm": RABBITMQ_DISK_ALARM,
}
COLUMNS = ",".join(("name", "uptime", "partitions", *_FIELDS, *_FLAGS))


def nodes(documents: Sequence[Any], overview: Mapping[str, Any]) -> Iterator[Measured]:
    """A node that does not run has its name and little else."""
    found = [one for one in documents if is_mapping(one) and "name" in one]
    keys = [(str(one["name"]),) for one in found]
    for field, metric in _FIELDS.items():
        yield column(metric, keys, [number(one.get(field)) for one in found])
    for field, metric in _FLAGS.items():
        yield column(metric, keys, [_flag(one.get(field)) for one in found])
    yield column(RABBITMQ_PARTITIONS, keys, [_length(one.get("partitions")) for one in found])
    uptimes = [number(one.get("uptime")) for one in found]
    yield column(RABBITMQ_UPTIME, keys, [None if one is None else one / 1000 for one in uptimes])
    # Only the node that answers tells its version.
    told = {overview.get("node"): (str(overview.get("rabbitmq_version", "")), str(overview.get("erlang_version", "")))}
    running = [str(one["name"]) for one in found if one.get("running") is True]
    yield series(RABBITMQ_BUILD, (((name, *told.get(name, ("", ""))), 1.0) for name in running))


def _flag(value: object) -> float | None:
    return float(value) if isinstance(value, bool) else None


def _length(value: Any) -> float | None:
    return float(len(value)) if is_list(value) else None
