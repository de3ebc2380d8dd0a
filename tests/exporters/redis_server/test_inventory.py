"""The whole inventory: every metric of the catalogue is there, and says what the server says."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import names, samples, value
from tests.plugins.redis_cluster import RedisClusterServers
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server import (
    MODULES,
    clients,
    keys,
    keyspace,
    memory,
    persistence,
    probe,
    replication,
    server,
    streams,
    traffic,
)
from watchbill_exporters import RedisSettings
from watchbill_exporters.redis_server import memory as memory_reading

_OF_DECLARED_KEYS = (keys, streams)
_ONLY_WHEN_DOWN = {probe.REDIS_UP_REASON.name}


def _declared() -> set[str]:
    metrics = [value for module in MODULES if module not in _OF_DECLARED_KEYS for value in vars(module).values()]
    return {series for metric in metrics if isinstance(metric, Metric) for series in metric.series}


async def test_every_metric_of_the_catalogue_is_in_some_scrape_and_no_other(
    landscape: Landscape, cluster: RedisClusterServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_reading, "SHORTEST_GROWTH", 0.0)
    node = RedisSettings(name="node", address=f"127.0.0.1:{cluster.ports[0]}")
    master = landscape.master
    master.execute("SET", "passing", "1", "EX", "1000")
    async with Exporter(*landscape.targets, node) as exporter:
        await exporter.probe("master")
        master.execute("DEBUG", "SLEEP", "0.01")
        master.execute("DEBUG", "POPULATE", "20000", "grown", "100")
        texts = [
            (await exporter.probe(name)).text for name in ("master", "replica", "orphan", "sentinel", "valkey", "node")
        ]
    master.execute("FLUSHALL")
    assert _declared() - set().union(*map(names, texts)) == _ONLY_WHEN_DOWN
    assert set().union(*map(names, texts)) - _declared() == set()


# Metric, field of INFO, and what the field is divided by.
_STEADY: Sequence[tuple[Metric, str, float]] = (
    (server.REDIS_PROCESS_ID, "process_id", 1),
    (server.REDIS_HZ, "hz", 1),
    (server.REDIS_CONFIGURED_HZ, "configured_hz", 1),
    (server.REDIS_IO_THREADS_ACTIVE, "io_threads_active", 1),
    (clients.REDIS_MAX_CLIENTS, "maxclients", 1),
    (clients.REDIS_BLOCKED_CLIENTS, "blocked_clients", 1),
    (clients.REDIS_TRACKING_CLIENTS, "tracking_clients", 1),
    (clients.REDIS_PUBSUB_CHANNELS, "pubsub_channels", 1),
    (clients.REDIS_PUBSUB_PATTERNS, "pubsub_patterns", 1),
    (memory.REDIS_MEMORY_MAX, "maxmemory", 1),
    (memory.REDIS_SYSTEM_MEMORY, "total_system_memory", 1),
    (memory.REDIS_MEMORY_STARTUP, "used_memory_startup", 1),
    (memory.REDIS_MEMORY_LUA, "used_memory_lua", 1),
    (memory.REDIS_MEMORY_VM_TOTAL, "used_memory_vm_total", 1),
    (memory.REDIS_FUNCTIONS, "number_of_functions", 1),
    (memory.REDIS_CACHED_SCRIPTS, "number_of_cached_scripts", 1),
    (memory.REDIS_LAZYFREE_PENDING, "lazyfree_pending_objects", 1),
    (persistence.REDIS_RDB_LAST_SAVE, "rdb_last_save_time", 1),
    (persistence.REDIS_RDB_LAST_SECONDS, "rdb_last_bgsave_time_sec", 1),
    (persistence.REDIS_RDB_CURRENT_SECONDS, "rdb_current_bgsave_time_sec", 1),
    (persistence.REDIS_RDB_COW, "rdb_last_cow_size", 1),
    (persistence.REDIS_RDB_SAVES, "rdb_saves", 1),
    (persistence.REDIS_AOF_ENABLED, "aof_enabled", 1),
    (persistence.REDIS_AOF_BASE_SIZE, "aof_base_size", 1),
    (persistence.REDIS_FORK_SECONDS, "latest_fork_usec", 1e6),
    (persistence.REDIS_FORKS, "total_forks", 1),
    (replication.REDIS_REPLICAS, "connected_slaves", 1),
    (replication.REDIS_SECOND_OFFSET, "second_repl_offset", 1),
    (replication.REDIS_BACKLOG_SIZE, "repl_backlog_size", 1),
    (replication.REDIS_BACKLOG_ACTIVE, "repl_backlog_active", 1),
    (replication.REDIS_FULL_RESYNCS, "sync_full", 1),
    (replication.REDIS_PARTIAL_RESYNCS, "sync_partial_ok", 1),
    (keyspace.REDIS_EVICTED, "evicted_keys", 1),
    (keyspace.REDIS_EVICTION_EXCEEDED, "total_eviction_exceeded_time", 1),
)
_MOVING: Sequence[tuple[Metric, str, float]] = (
    (server.REDIS_UPTIME, "uptime_in_seconds", 1),
    (server.REDIS_CPU_SYS, "used_cpu_sys", 1),
    (server.REDIS_CPU_USER, "used_cpu_user", 1),
    (server.REDIS_CPU_USER_MAIN, "used_cpu_user_main_thread", 1),
    (clients.REDIS_CONNECTIONS, "total_connections_received", 1),
    (traffic.REDIS_COMMANDS, "total_commands_processed", 1),
    (traffic.REDIS_NET_INPUT, "total_net_input_bytes", 1),
    (traffic.REDIS_NET_OUTPUT, "total_net_output_bytes", 1),
    (traffic.REDIS_NET_REPLICATION_OUTPUT, "total_net_repl_output_bytes", 1),
    (traffic.REDIS_READS, "total_reads_processed", 1),
    (traffic.REDIS_WRITES, "total_writes_processed", 1),
    (traffic.REDIS_ERROR_REPLIES, "total_error_replies", 1),
    (keyspace.REDIS_HITS, "keyspace_hits", 1),
    (keyspace.REDIS_MISSES, "keyspace_misses", 1),
    (keyspace.REDIS_EXPIRED, "expired_keys", 1),
    (keyspace.REDIS_EXPIRE_CPU, "expire_cycle_cpu_milliseconds", 1),
    (replication.REDIS_MASTER_OFFSET, "master_repl_offset", 1),
    (persistence.REDIS_RDB_CHANGES, "rdb_changes_since_last_save", 1),
    (persistence.REDIS_AOF_CURRENT_SIZE, "aof_current_size", 1),
)
_ABOUT: Sequence[tuple[Metric, str, float]] = (
    (memory.REDIS_MEMORY_USED, "used_memory", 1),
    (memory.REDIS_MEMORY_RSS, "used_memory_rss", 1),
    (memory.REDIS_MEMORY_PEAK, "used_memory_peak", 1),
    (memory.REDIS_MEMORY_OVERHEAD, "used_memory_overhead", 1),
    (memory.REDIS_MEMORY_DATASET, "used_memory_dataset", 1),
    (memory.REDIS_ALLOCATOR_RESIDENT, "allocator_resident", 1),
    (memory.REDIS_ALLOCATOR_RSS_RATIO, "allocator_rss_ratio", 1),
    (memory.REDIS_FRAGMENTATION_RATIO, "mem_fragmentation_ratio", 1),
    (memory.REDIS_FRAGMENTATION_RATIO_ALIAS, "mem_fragmentation_ratio", 1),
    (memory.REDIS_FRAGMENTATION_BYTES, "mem_fragmentation_bytes", 1),
    (memory.REDIS_MEMORY_BACKLOG, "mem_replication_backlog", 1),
)


async def _between(landscape: Landscape) -> tuple[str, Mapping[str, str], str]:
    """A scrape, what redis-cli says, and another scrape."""
    target = redis_target(landscape.master)
    landscape.master.execute("SET", "kept", "1")
    async with Exporter(target) as exporter:
        before = (await exporter.probe("cache")).text
        for key in ("kept", "absent"):
            landscape.master.execute("GET", key)
        info = await asyncio.to_thread(landscape.master.info, "everything")
        return before, info, (await exporter.probe("cache")).text


async def test_values_are_those_of_info(landscape: Landscape) -> None:
    before, info, after = await _between(landscape)
    earlier, later = samples(before), samples(after)
    steady = {field: later[metric.name, ()] for metric, field, _ in _STEADY}
    assert steady == {field: float(info[field]) / divisor for _, field, divisor in _STEADY}
    for metric, field, divisor in _MOVING:
        told = float(info[field]) / divisor
        assert earlier[metric.name, ()] <= told <= later[metric.name, ()], metric.name
    for metric, field, _ in _ABOUT:
        assert later[metric.name, ()] == pytest.approx(float(info[field]), rel=0.2), metric.name


async def test_status_words_become_one_and_zero(landscape: Landscape) -> None:
    _, info, text = await _between(landscape)
    assert info["rdb_last_bgsave_status"] == info["aof_last_write_status"] == "ok"
    assert value(text, persistence.REDIS_RDB_LAST_STATUS) == 1
    assert value(text, persistence.REDIS_AOF_WRITE_STATUS) == 1
    assert value(text, persistence.REDIS_LOADING) == 0


async def test_a_probe_over_a_kept_connection_takes_one_round_trip_and_a_first_one_at_most_four(
    landscape: Landscape,
) -> None:
    with WireProxy(landscape.master.address, delay=0.02) as proxy:
        target = RedisSettings(
            name="cache", address=proxy.address, password_file=str(landscape.master.password_file), client_list=True
        )
        async with Exporter(target) as exporter:
            await exporter.probe("cache")
            first = proxy.counts
            await exporter.probe("cache")
            second = proxy.counts
    # Connecting is one more, which the proxy does not see.
    assert first.round_trips + 1 <= 4
    assert second.round_trips - first.round_trips == 1
    assert second.connections == 1


async def test_a_sentinel_is_read_in_one_round_trip_once_its_masters_are_known(landscape: Landscape) -> None:
    with WireProxy(landscape.sentinel.address, delay=0.02) as proxy:
        async with Exporter(RedisSettings(name="sentinel", address=proxy.address)) as exporter:
            await exporter.probe("sentinel")
            first = proxy.counts.round_trips
            await exporter.probe("sentinel")
    assert first <= 3
    assert proxy.counts.round_trips - first == 1


async def test_a_healthy_server_counts_no_error_of_ours(landscape: Landscape) -> None:
    async with Exporter(*landscape.targets) as exporter:
        for name in ("master", "replica", "valkey", "sentinel"):
            # A server of unknown kind is asked once what only some have.
            await exporter.probe(name)
            first = value((await exporter.probe(name)).text, traffic.REDIS_ERROR_REPLIES)
            second = value((await exporter.probe(name)).text, traffic.REDIS_ERROR_REPLIES)
            assert second == first, name


async def test_the_start_is_told_by_the_servers_own_clock_and_stays(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        first, second = [(await exporter.probe("cache")).text for _ in range(2)]
    started = value(first, server.REDIS_START_TIME)
    assert started is not None
    now, uptime = redis_server.info("server")["server_time_usec"], redis_server.info("server")["uptime_in_seconds"]
    assert abs(int(now) / 1e6 - int(uptime) - started) < 2
    assert value(second, server.REDIS_START_TIME) == started
