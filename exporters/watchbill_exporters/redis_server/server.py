"""What runs, since when, and the processor time it takes."""

from collections.abc import Iterable, Mapping

from watchbill.catalogue.redis_server.server import (
    REDIS_CONFIGURED_HZ,
    REDIS_CPU_SYS,
    REDIS_CPU_SYS_CHILDREN,
    REDIS_CPU_SYS_MAIN,
    REDIS_CPU_USER,
    REDIS_CPU_USER_CHILDREN,
    REDIS_CPU_USER_MAIN,
    REDIS_EVENT_LOOP_COMMANDS,
    REDIS_EVENT_LOOP_CYCLES,
    REDIS_EVENT_LOOP_DURATION,
    REDIS_HZ,
    REDIS_INSTANCE_INFO,
    REDIS_IO_THREADED_READS,
    REDIS_IO_THREADED_WRITES,
    REDIS_IO_THREADS_ACTIVE,
    REDIS_PROCESS_ID,
    REDIS_SERVER_INFO,
    REDIS_START_TIME,
    REDIS_UPTIME,
)
from watchbill_exporters.collector import Measured, series, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Fields, measured, microseconds
from watchbill_exporters.redis_server.replies import INFO, Replies

_FIELDS: Fields = {
    "uptime_in_seconds": REDIS_UPTIME,
    "process_id": REDIS_PROCESS_ID,
    "hz": REDIS_HZ,
    "configured_hz": REDIS_CONFIGURED_HZ,
    "used_cpu_sys": REDIS_CPU_SYS,
    "used_cpu_user": REDIS_CPU_USER,
    "used_cpu_sys_children": REDIS_CPU_SYS_CHILDREN,
    "used_cpu_user_children": REDIS_CPU_USER_CHILDREN,
    "used_cpu_sys_main_thread": REDIS_CPU_SYS_MAIN,
    "used_cpu_user_main_thread": REDIS_CPU_USER_MAIN,
    "io_threads_active": REDIS_IO_THREADS_ACTIVE,
    "io_threaded_reads_processed": REDIS_IO_THREADED_READS,
    "io_threaded_writes_processed": REDIS_IO_THREADED_WRITES,
    "eventloop_cycles": REDIS_EVENT_LOOP_CYCLES,
    "eventloop_duration_sum": (REDIS_EVENT_LOOP_DURATION, microseconds),
    "eventloop_duration_cmd_sum": (REDIS_EVENT_LOOP_COMMANDS, microseconds),
}
# In the order of the metric's labels.
_INSTANCE = (
    "role",
    "redis_version",
    "redis_build_id",
    "redis_mode",
    "os",
    "maxmemory_policy",
    "tcp_port",
    "run_id",
    "process_id",
    "master_replid",
)


def _server(replies: Replies) -> Iterable[Measured]:
    info = {**replies.info, "redis_mode": replies.mode}
    yield series(REDIS_INSTANCE_INFO, [(tuple(info.get(name, "") for name in _INSTANCE), 1.0)])
    yield series(REDIS_SERVER_INFO, [((*_product(info), info.get("availability_zone", "")), 1.0)])
    yield from measured(_FIELDS, info)
    yield from _start(info)


def _product(info: Mapping[str, str]) -> tuple[str, str]:
    """Valkey gives a name, and its own version beside that of the Redis it can stand in for."""
    name = info.get("server_name", "redis")
    return name, info.get(f"{name}_version", info.get("redis_version", ""))


def _start(info: Mapping[str, str]) -> Iterable[Measured]:
    now, uptime = info.get("server_time_usec"), info.get("uptime_in_seconds")
    # The server's own clock, so that a difference to this machine's does not matter.
    if now is not None and uptime is not None:
        yield single(REDIS_START_TIME, float(int(now) // 1_000_000 - int(uptime)))


SERVER = RedisCollector("server", (INFO,), _server)
