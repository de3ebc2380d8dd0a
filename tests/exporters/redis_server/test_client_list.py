"""Each client by itself, where the configuration asks for it."""

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import names, samples
from tests.plugins.programs import program, stop, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.client_list import (
    MOST_CLIENTS,
    REDIS_CLIENT_CREATED,
    REDIS_CLIENT_IDLE_SINCE,
    REDIS_CLIENT_INFO,
    REDIS_CLIENT_MEMORY,
    REDIS_CLIENT_OUTPUT_MEMORY,
    REDIS_CLIENT_SUBSCRIPTIONS,
    REDIS_CLIENTS_OUTPUT_MAX,
    REDIS_CLIENTS_OUTPUT_SUM,
)
from watchbill_exporters.redis_server.client_list import CLIENT_LIST
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.request import Request


def _clients(server: RedisServer) -> list[Mapping[str, str]]:
    """CLIENT LIST as redis-cli shows it."""
    lines = [line.split(" ") for line in server.cli("CLIENT", "LIST").splitlines() if line]
    return [{name: value for name, _, value in (part.partition("=") for part in line)} for line in lines]


@contextmanager
def _listener(server: RedisServer) -> Generator[None]:
    """A client that listens to two channels."""
    command = [program("redis-cli"), "-p", str(server.port), "SUBSCRIBE", "news", "rumours"]
    secret = {**os.environ, "REDISCLI_AUTH": server.password}
    listening = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=secret)
    try:
        wait_until(lambda: any(one["sub"] == "2" for one in _clients(server)), "the listener listens")
        yield
    finally:
        stop(listening)


async def test_clients_are_told_with_their_buffers_and_without_their_ports(redis_server: RedisServer) -> None:
    with _listener(redis_server):
        async with Exporter(replace(redis_target(redis_server), client_list=True)) as exporter:
            text = (await exporter.probe("cache")).text
        (listener,) = (one for one in _clients(redis_server) if one["sub"] == "2")
    found = samples(text)

    def of_listener(metric: Metric) -> float:
        return found[metric.name, (listener["id"], listener["name"])]

    assert of_listener(REDIS_CLIENT_SUBSCRIPTIONS) == 2
    assert of_listener(REDIS_CLIENT_MEMORY) > 1000
    assert of_listener(REDIS_CLIENT_OUTPUT_MEMORY) == float(listener["omem"])
    assert of_listener(REDIS_CLIENT_CREATED) <= of_listener(REDIS_CLIENT_IDLE_SINCE)
    described = [labels for name, labels in found if name == REDIS_CLIENT_INFO.name]
    ours = [labels for labels in described if "watchbill" in labels]
    assert len(ours) == 1
    # In the order of the labels' names: db, flags, host, id, name, resp, user.
    assert ("0", "P", "127.0.0.1", listener["id"], "", "2", "default") in described
    assert listener["addr"] not in text
    assert found[REDIS_CLIENTS_OUTPUT_MAX.name, ()] <= found[REDIS_CLIENTS_OUTPUT_SUM.name, ()]


async def test_clients_are_not_listed_unasked(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        text = (await exporter.probe("cache")).text
    assert REDIS_CLIENT_INFO.name not in names(text)
    assert "cmdstat_client|list" not in redis_server.info("commandstats")


def test_of_very_many_clients_the_first_are_shown_and_the_buffers_of_all_are_summed() -> None:
    line = "id={} addr=10.0.0.1:1 name= age=5 idle=1 omem={}"
    listed = "\n".join(line.format(number, number) for number in range(20_000)) + "\n"
    info = "# Server\r\nserver_time_usec:1700000000000000\r\n"
    replies = Replies({INFO: info, Request(("CLIENT", "LIST")): listed})
    found = {one.metric: one.values for one in CLIENT_LIST.measure(replies)}
    assert list(found[REDIS_CLIENTS_OUTPUT_SUM]) == [sum(range(20_000))]
    assert list(found[REDIS_CLIENTS_OUTPUT_MAX]) == [19_999]
    assert len(found[REDIS_CLIENT_OUTPUT_MEMORY]) == MOST_CLIENTS
