"""Targets that are asked for by address: what a module admits is probed, and nothing else is even looked up."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import value
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import EXPORTER_CONNECTIONS, EXPORTER_REFUSED, EXPORTER_TARGETS
from watchbill.catalogue.redis_server.clients import REDIS_CONNECTIONS
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill_exporters import Configuration, RedisSettings
from watchbill_exporters.configuration.allowance import Allowance, Pattern
from watchbill_exporters.configuration.settings import Module
from watchbill_exporters.deadline import TIMEOUT_HEADER
from watchbill_exporters.fleet import Fleet


def module(server: RedisServer | None, *allow: str, files: tuple[str, ...] = ()) -> Module:
    """The module `fast`, which has the server's password."""
    password_file = None if server is None else str(server.password_file)
    return Module(
        name="fast",
        template=RedisSettings(name="", address="", password_file=password_file),
        allowance=Allowance(tuple(map(Pattern.parse, allow))),
        files=files,
    )


@asynccontextmanager
async def decoy() -> AsyncGenerator[tuple[int, list[str]]]:
    """A port of loopback, and who has connected to it."""
    seen: list[str] = []

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1]), seen


@pytest.mark.parametrize("pattern", ["127.0.0.1", "127.0.0.0/8"])
async def test_an_address_that_a_module_admits_is_probed_with_its_credentials(
    redis_server: RedisServer, pattern: str
) -> None:
    async with Exporter(modules=[module(redis_server, f"{pattern}:{redis_server.port}")]) as exporter:
        pages = [await exporter.get(f"/probe?target={redis_server.address}&module=fast") for _ in range(3)]
        own = (await exporter.get("/metrics")).text
    assert [value(page.text, REDIS_UP) for page in pages] == [1, 1, 1]
    assert value(pages[0].text, REDIS_CONNECTIONS) == value(pages[2].text, REDIS_CONNECTIONS)
    assert value(own, EXPORTER_TARGETS, "address") == 1
    assert value(own, EXPORTER_CONNECTIONS) == 1


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("127.0.0.2:{port}", 404),
        ("127.0.0.1:{other}", 404),
        ("localhost:{port}", 404),
        ("evil.example:{port}", 404),
        ("redis.cache.svc.evil.example:{port}", 404),
        ("[::1]:{port}", 404),
        ("[::ffff:127.0.0.1]:{port}", 400),
        ("127.1:{port}", 400),
        ("2130706433:{port}", 400),
        ("0177.0.0.1:{port}", 400),
        ("127.0.0.1.:{port}", 400),
        ("127.0.0.1%3a{port}", 400),
        ("127.0.0.1:0{port}", 400),
        ("127.0.0.1:+{port}", 400),
        (" 127.0.0.1:{port}", 400),
        ("127.0.0.1:{port}\n", 400),
        ("127.0.0.1\0:{port}", 400),
        ("\uff11\uff12\uff17.0.0.1:{port}", 400),
        ("user:hunter2@127.0.0.1:{port}", 400),
        ("redis://127.0.0.1:{port}", 400),
        ("unix:/run/redis.sock", 400),
        ("cache", 400),
    ],
)
async def test_what_no_module_admits_is_refused_without_a_packet_or_a_lookup(
    target: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="watchbill")
    looked_up: list[object] = []

    def look_up(*asked: object, **_: object) -> list[object]:
        looked_up.append(asked)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with decoy() as (port, seen):
        fast = module(None, "127.0.0.1:6379", "*.cache.svc:6379")
        async with Exporter(RedisSettings(name="cache", address=f"127.0.0.1:{port}"), modules=[fast]) as exporter:
            answer = await exporter.get(f"/probe?module=fast&target={quote(target.format(port=port, other=port - 1))}")
            own = (await exporter.get("/metrics")).text
    assert answer.status == status
    assert seen == []
    assert looked_up == []
    assert "hunter2" not in answer.text + "".join(
        record.getMessage() for record in caplog.records if record.name != "httpx"
    )
    assert value(own, EXPORTER_TARGETS, "address") == 0
    assert value(own, EXPORTER_REFUSED, "malformed" if status == 400 else "unknown") == 1


async def test_a_name_that_a_module_admits_is_looked_up_by_each_new_connection(redis_server: RedisServer) -> None:
    async with Exporter(modules=[module(redis_server, f"localhost:{redis_server.port}")]) as exporter:
        answer = await exporter.get(f"/probe?target=LOCALHOST:{redis_server.port}&module=fast")
    assert value(answer.text, REDIS_UP) == 1


async def test_an_address_of_a_discovery_file_is_probed_until_the_file_drops_it(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill_exporters.configuration.discovery.RENEWED_SECONDS", 0.0)
    file = tmp_path / "targets.json"
    file.write_text(json.dumps([{"targets": [redis_server.address], "labels": {"team": "a"}}]), encoding="utf-8")
    path = f"/probe?target={redis_server.address}&module=fast"
    async with Exporter(modules=[module(redis_server, files=(str(file),))]) as exporter:
        assert value((await exporter.get(path)).text, REDIS_UP) == 1
        listed = json.loads((await exporter.get("/targets")).text)
        file.write_text("[]", encoding="utf-8")
        assert (await exporter.get(path)).status == 404
        assert json.loads((await exporter.get("/targets")).text) == []
    assert listed[0]["targets"] == [redis_server.address]
    assert listed[0]["labels"]["team"] == "a"


async def test_a_target_that_is_no_longer_admitted_loses_its_connection(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill_exporters.configuration.discovery.RENEWED_SECONDS", 0.0)
    monkeypatch.setattr("watchbill_exporters.fleet.SWEEP_SECONDS", 0.01)
    file = tmp_path / "targets.json"
    file.write_text(json.dumps([{"targets": [redis_server.address]}]), encoding="utf-8")
    async with Exporter(modules=[module(redis_server, files=(str(file),))]) as exporter:
        await exporter.get(f"/probe?target={redis_server.address}&module=fast")
        assert value((await exporter.get("/metrics")).text, EXPORTER_CONNECTIONS) == 1
        file.write_text("[]", encoding="utf-8")
        own = await exporter.own_until(EXPORTER_TARGETS, "address", expected=0)
    assert value(own, EXPORTER_CONNECTIONS) == 0


async def test_the_number_of_addresses_is_bounded_and_the_least_recently_used_makes_room(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill_exporters.addresses.MOST_TARGETS", 2)
    hosts = ("127.0.0.1", "localhost", "127.0.0.3")
    allow = [f"{host}:{redis_server.port}" for host in hosts]
    async with Exporter(modules=[module(redis_server, *allow)]) as exporter:
        for host in hosts:
            await exporter.get(f"/probe?target={host}:{redis_server.port}&module=fast")
        own = (await exporter.get("/metrics")).text
    assert value(own, EXPORTER_TARGETS, "address") == 2


async def test_a_probe_too_many_is_told_so(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchbill_exporters.addresses.MOST_TARGETS", 1)
    async with decoy_that_is_silent() as silent:
        allow = (f"127.0.0.1:{silent}", redis_server.address)
        async with Exporter(modules=[module(redis_server, *allow)]) as exporter:
            waiting = asyncio.create_task(
                exporter.get(f"/probe?target=127.0.0.1:{silent}&module=fast", **{TIMEOUT_HEADER: "0.8"})
            )
            await exporter.own_until(EXPORTER_TARGETS, "address", expected=1)
            path = f"/probe?target={redis_server.address}&module=fast"
            assert (await exporter.get(path)).status == 503
            await waiting
            assert value((await exporter.get(path)).text, REDIS_UP) == 1


@asynccontextmanager
async def decoy_that_is_silent() -> AsyncGenerator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


async def test_a_target_nobody_asks_for_lets_its_connection_go(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill_exporters.fleet.LONGEST_REST", 0.0)
    fleet = Fleet(Configuration(targets={"cache": redis_target(redis_server)}))
    target = next(iter(fleet))
    await target.probe(1.0)
    assert fleet.connections == 1
    await fleet.sweep()
    assert fleet.connections == 0
    assert (await target.probe(1.0)).is_up
    await fleet.close()
