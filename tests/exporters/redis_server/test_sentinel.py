"""What a Sentinel knows of its masters."""

from collections.abc import Mapping

from tests.exporters.probing import Exporter
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import names, samples, value
from tests.plugins.programs import wait_until
from tests.plugins.redis_sentinel import MASTER
from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.keyspace import REDIS_KEYS
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.catalogue.redis_server.sentinel import (
    REDIS_SENTINEL_CKQUORUM,
    REDIS_SENTINEL_DOWN_AFTER,
    REDIS_SENTINEL_EPOCH,
    REDIS_SENTINEL_FAILOVER_TIMEOUT,
    REDIS_SENTINEL_LAST_PING,
    REDIS_SENTINEL_MASTERS,
    REDIS_SENTINEL_OK_SENTINELS,
    REDIS_SENTINEL_OK_SLAVES,
    REDIS_SENTINEL_PARALLEL_SYNCS,
    REDIS_SENTINEL_QUORUM,
    REDIS_SENTINEL_SENTINELS,
    REDIS_SENTINEL_SLAVES,
    REDIS_SENTINEL_STATUS,
    REDIS_SENTINEL_TILT,
)
from watchbill_exporters import RedisSettings


async def _probed(landscape: Landscape) -> str:
    async with Exporter(RedisSettings(name="sentinel", address=landscape.sentinel.address)) as exporter:
        return (await exporter.probe("sentinel")).text


def _described(landscape: Landscape) -> Mapping[str, str]:
    """SENTINEL MASTERS as redis-cli shows it."""
    words = landscape.sentinel.cli("SENTINEL", "MASTERS").splitlines()
    return dict(zip(words[::2], words[1::2], strict=True))


async def test_a_masters_state_and_settings_are_what_sentinel_says(landscape: Landscape) -> None:
    text, told = await _probed(landscape), _described(landscape)
    master = (landscape.master.address, MASTER)
    assert value(text, REDIS_UP) == 1
    assert value(text, REDIS_SENTINEL_MASTERS) == 1
    assert value(text, REDIS_SENTINEL_TILT) == 0
    assert value(text, REDIS_SENTINEL_STATUS, *master, "ok") == 1
    of_master: Mapping[Metric, str] = {
        REDIS_SENTINEL_SLAVES: told["num-slaves"],
        REDIS_SENTINEL_QUORUM: told["quorum"],
        REDIS_SENTINEL_FAILOVER_TIMEOUT: told["failover-timeout"],
        REDIS_SENTINEL_PARALLEL_SYNCS: told["parallel-syncs"],
        REDIS_SENTINEL_DOWN_AFTER: told["down-after-milliseconds"],
        REDIS_SENTINEL_EPOCH: told["config-epoch"],
    }
    assert {metric.name: value(text, metric, *master) for metric in of_master} == {
        metric.name: float(number) for metric, number in of_master.items()
    }
    assert value(text, REDIS_SENTINEL_SENTINELS, *master) == float(told["num-other-sentinels"]) + 1
    assert value(text, REDIS_SENTINEL_OK_SENTINELS, *master) == 1
    assert value(text, REDIS_SENTINEL_OK_SLAVES, *master) == 1
    assert 0 <= (value(text, REDIS_SENTINEL_LAST_PING, *master) or 0) < 10


async def test_the_quorum_is_told_with_what_sentinel_says_of_it(landscape: Landscape) -> None:
    text = await _probed(landscape)
    assert (
        value(text, REDIS_SENTINEL_CKQUORUM, MASTER, landscape.sentinel.cli("SENTINEL", "CKQUORUM", MASTER).strip())
        == 1
    )
    landscape.sentinel.execute("SENTINEL SET", MASTER, "quorum", "2")
    try:
        text = await _probed(landscape)
    finally:
        landscape.sentinel.execute("SENTINEL SET", MASTER, "quorum", "1")
    ((message, told),) = [
        (labels[1], number) for (name, labels), number in samples(text).items() if name == REDIS_SENTINEL_CKQUORUM.name
    ]
    assert told == 0
    assert message.startswith("NOQUORUM")


async def test_a_replica_that_is_gone_is_known_and_not_well(landscape: Landscape) -> None:
    landscape.replica.signal(19)
    try:
        wait_until(lambda: "s_down" in landscape.sentinel.cli("SENTINEL", "REPLICAS", MASTER), "the replica is missed")
        text = await _probed(landscape)
    finally:
        landscape.replica.signal(18)
        wait_until(lambda: "s_down" not in landscape.sentinel.cli("SENTINEL", "REPLICAS", MASTER), "it is found again")
    master = (landscape.master.address, MASTER)
    assert value(text, REDIS_SENTINEL_SLAVES, *master) == 1
    assert value(text, REDIS_SENTINEL_OK_SLAVES, *master) == 0


async def test_what_a_sentinel_does_not_have_is_absent_and_no_fault(landscape: Landscape) -> None:
    text = await _probed(landscape)
    assert REDIS_KEYS.name not in names(text)
    success = {
        labels[0]: number for (name, labels), number in samples(text).items() if name == REDIS_COLLECTOR_SUCCESS.name
    }
    assert set(success.values()) == {1.0}, success
