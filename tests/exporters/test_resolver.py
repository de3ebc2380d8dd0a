"""Names that are looked up, some by a name service that hangs."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from time import monotonic
from typing import Any

import pytest

from tests.exporters.clockwork import until
from tests.exporters.probing import Exporter
from tests.plugins.exposition import value
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON
from watchbill_exporters import RedisSettings
from watchbill_exporters.configuration.allowance import Allowance, Pattern
from watchbill_exporters.configuration.settings import Module
from watchbill_exporters.deadline import TIMEOUT_HEADER

HANGING = "hangs.example"
_EXIT = """
import asyncio, socket, threading
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver
async def main():
    try:
        await Resolver(1).addresses("hangs.example", Deadline.after(0.1))
    except TargetDown as down:
        print(down.reason)
asyncio.run(main())
"""


@pytest.fixture
def name_service(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """The names that were asked for; one of them, and those below it, get no answer while the test runs."""
    asked: list[str] = []
    answered, real = threading.Event(), socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **named: Any) -> Any:
        asked.append(str(host))
        if str(host).endswith(HANGING):
            answered.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    answered.set()


async def test_a_name_service_that_hangs_costs_its_targets_their_time_and_no_other(
    redis_server: RedisServer, name_service: list[str]
) -> None:
    hung = [RedisSettings(name=f"hung-{number}", address=f"{HANGING}:{6000 + number}") for number in range(10)]
    password_file = str(redis_server.password_file)
    near = RedisSettings(name="near", address=f"localhost:{redis_server.port}", password_file=password_file)
    async with Exporter(*hung, near) as exporter:
        waiting = [asyncio.create_task(exporter.probe(one.name, scrape_timeout=1)) for one in hung]
        await asyncio.sleep(0)
        healthy = await exporter.probe("near", scrape_timeout=1)
        answers = await asyncio.gather(*waiting)
        again = await exporter.probe("hung-0", scrape_timeout=0.4)
    assert value(healthy.text, REDIS_UP) == 1
    assert healthy.seconds < 0.4
    assert [value(answer.text, REDIS_UP_REASON, "timeout") for answer in (*answers, again)] == [1] * 11
    assert max(answer.seconds for answer in answers) < 0.9
    assert name_service.count(HANGING) == 1, "a lookup that runs is shared"


async def test_names_asked_for_by_address_do_not_use_up_the_lookups_of_configured_targets(
    redis_server: RedisServer, name_service: list[str]
) -> None:
    fast = Module(
        name="fast",
        template=RedisSettings(name="", address=""),
        allowance=Allowance((Pattern.parse(f"*.{HANGING}:6379"),)),
    )
    password_file = str(redis_server.password_file)
    near = RedisSettings(name="near", address=f"localhost:{redis_server.port}", password_file=password_file)
    async with Exporter(near, modules=[fast]) as exporter:
        paths = [f"/probe?module=fast&target=host{number}.{HANGING}:6379" for number in range(60)]
        headers = {TIMEOUT_HEADER: "0.8"}
        waiting = [asyncio.create_task(exporter.get(path, **headers)) for path in paths]
        await until(lambda: len(name_service) >= 32)
        healthy = await exporter.probe("near", scrape_timeout=1)
        answers = await asyncio.gather(*waiting)
    assert value(healthy.text, REDIS_UP) == 1
    assert {value(answer.text, REDIS_UP_REASON, "timeout") for answer in answers} == {1}
    assert len([name for name in name_service if name.endswith(HANGING)]) == 32


def test_a_lookup_that_hangs_does_not_keep_the_process_from_ending() -> None:
    began = monotonic()
    ended = subprocess.run([sys.executable, "-c", _EXIT], capture_output=True, text=True, check=False, timeout=20)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "timeout\n", "")
    assert monotonic() - began < 10
