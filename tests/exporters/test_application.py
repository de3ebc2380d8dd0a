"""The exporter's endpoint: what it answers, and what it refuses."""

import asyncio
import json
import logging
import signal
import subprocess
from dataclasses import replace

import pytest

from tests.exporters.probing import Exporter, postgres_target, redis_target
from tests.plugins.exposition import names, openmetrics_names, value
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import program
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import (
    EXPORTER_CONNECTIONS,
    EXPORTER_PROBES,
    EXPORTER_PROBES_IN_PROGRESS,
    EXPORTER_TARGETS,
    EXPORTER_TARGETS_DOWN,
)
from watchbill.catalogue.process import BUILD_INFO, PROCESS_CPU, PROCESS_RESIDENT_MEMORY
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.redis_server.traffic import REDIS_COMMANDS
from watchbill_exporters import RedisSettings
from watchbill_exporters.deadline import TIMEOUT_HEADER

_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


async def test_an_unlisted_target_is_not_found_and_never_contacted(redis_server: RedisServer) -> None:
    before = redis_server.execute("INFO", "stats")
    async with Exporter(RedisSettings(name="cache", address="127.0.0.1:1")) as exporter:
        answers = [
            await exporter.get(f"/probe?target={target}")
            for target in (redis_server.address, f"localhost:{redis_server.port}", "other", "CACHE", "cache%00")
        ]
    assert [answer.status for answer in answers] == [404] * 5
    received = "total_connections_received"
    assert isinstance(before, dict)
    after = redis_server.execute("INFO", "stats")
    assert isinstance(after, dict)
    assert after[received] == before[received] + 1, "only the two INFO connections of this test"


@pytest.mark.parametrize(
    "query",
    [
        "target=user:hunter2@127.0.0.1:6379",
        "target=redis://127.0.0.1:6379",
        "target=redis%3A%2F%2F:hunter2%40127.0.0.1",
        "target=unix:///run/redis.sock",
        "target=/etc/passwd",
        "target=..%5C..%5Chunter2",
        "target=",
        "target=cache&target=cache",
        "target=cache&check-keys=session:*",
        "target=cache&sslrootcert=/etc/hostname",
        "target=cache&module=hunter2",
        "module=cache",
        "",
    ],
)
async def test_anything_but_one_name_is_refused_and_not_repeated(
    query: str, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="watchbill")
    async with Exporter(redis_target(redis_server)) as exporter:
        answer = await exporter.get(f"/probe?{query}")
    assert answer.status == 400
    assert "hunter2" not in answer.text
    assert "hunter2" not in "".join(record.getMessage() for record in caplog.records if record.name != "httpx")


async def test_own_metrics_count_probes_and_describe_the_process(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        for _ in range(3):
            await exporter.probe("cache")
        await exporter.probe("unknown")
        text = (await exporter.get("/metrics")).text
    assert value(text, EXPORTER_PROBES) == 3
    assert value(text, EXPORTER_PROBES_IN_PROGRESS) == 0
    assert {BUILD_INFO.name, PROCESS_CPU.name, PROCESS_RESIDENT_MEMORY.name} <= names(text)


async def test_health_is_answered_without_asking_a_target() -> None:
    async with Exporter(RedisSettings(name="cache", address="127.0.0.1:1")) as exporter:
        assert (await exporter.get("/-/healthy")).status == 200
        assert value((await exporter.get("/metrics")).text, EXPORTER_PROBES) == 0


async def test_the_index_links_to_every_target_and_tells_no_address() -> None:
    async with Exporter(RedisSettings(name="cache", address="10.1.2.3:6379", username="someone")) as exporter:
        page = (await exporter.get("/")).text
    assert 'href="probe?target=cache"' in page
    assert "10.1.2.3" not in page
    assert "someone" not in page


async def test_openmetrics_is_spoken_where_it_is_asked_for(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    async with Exporter(redis_target(redis_server), postgres_target(postgres_server)) as exporter:
        answers = [
            await exporter.get(path, accept=_OPENMETRICS)
            for path in ("/probe?target=cache", "/probe?target=orders", "/metrics")
        ]
        plain = await exporter.get("/probe?target=cache")
    for answer in answers:
        assert answer.content_type == _OPENMETRICS
        assert openmetrics_names(answer.text)
    assert plain.content_type.startswith("text/plain; version=0.0.4")
    assert REDIS_COMMANDS.name in names(plain.text)


async def test_promtool_reads_every_page_without_an_error(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    async with Exporter(redis_target(redis_server), postgres_target(postgres_server)) as exporter:
        pages = [await exporter.get(path) for path in ("/probe?target=cache", "/probe?target=orders", "/metrics")]
    for page in pages:
        status, remarks = await asyncio.to_thread(_promtool, page.text)
        # Status 3 is a remark on style, which names inherited from the community earn.
        assert status in {0, 3}, remarks
        assert "error while linting" not in remarks


def _promtool(text: str) -> tuple[int, str]:
    command = [program("promtool"), "check", "metrics"]
    checked = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return checked.returncode, checked.stderr


async def test_other_methods_are_refused() -> None:
    async with Exporter() as exporter:
        answer = await exporter.request("POST", "/probe?target=cache")
    assert answer.status == 405


async def test_own_metrics_stand_beside_those_of_the_targets_that_ask_for_it(redis_server: RedisServer) -> None:
    first, second = (replace(redis_target(redis_server, name=name), on_metrics=True) for name in ("cache", "jobs"))
    down = RedisSettings(name="down", address="127.0.0.1:1", on_metrics=True)
    async with Exporter(first, second, down, redis_target(redis_server, name="probed")) as exporter:
        plain = (await exporter.get("/metrics")).text
        openmetrics = (await exporter.get("/metrics", accept=_OPENMETRICS)).text
    assert {name: value(plain, REDIS_UP, name) for name in ("cache", "jobs", "down", "probed")} == {
        "cache": 1,
        "jobs": 1,
        "down": 0,
        "probed": None,
    }
    assert plain.count(f"# TYPE {REDIS_UP.name} ") == 1
    assert value(plain, EXPORTER_TARGETS, "configured") == 4
    assert value(plain, EXPORTER_TARGETS_DOWN, "configured") == 1
    assert value(plain, EXPORTER_CONNECTIONS) == 2
    assert REDIS_UP.name in openmetrics_names(openmetrics)


async def test_the_targets_on_own_metrics_are_read_at_the_same_time_and_in_time(redis_server: RedisServer) -> None:
    redis_server.signal(signal.SIGSTOP)
    names_of = [f"frozen-{number}" for number in range(5)]
    frozen = [replace(redis_target(redis_server, name=name), on_metrics=True) for name in names_of]
    async with Exporter(*frozen) as exporter:
        answer = await exporter.get("/metrics", **{TIMEOUT_HEADER: "1"})
        redis_server.signal(signal.SIGCONT)
    assert [value(answer.text, REDIS_UP, name) for name in names_of] == [0] * 5
    assert answer.seconds < 0.9
    assert value(answer.text, EXPORTER_PROBES) == 5


async def test_an_answer_is_compressed_where_the_scraper_takes_that(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        packed = await exporter.response("GET", "/probe?target=cache", **{"accept-encoding": "gzip"})
        plain = await exporter.response("GET", "/probe?target=cache", **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert value(packed.text, REDIS_UP) == 1
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["vary"]


async def test_head_gives_the_headers_of_a_probe(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        for page in ("/probe?target=cache", "/metrics", "/-/healthy", "/targets"):
            assert (await exporter.request("HEAD", page)).status == 200


async def test_targets_are_listed_as_prometheus_asks_for_them() -> None:
    async with Exporter(RedisSettings(name="cache", address="10.1.2.3:6379", username="someone")) as exporter:
        answer = await exporter.get("/targets")
    assert answer.content_type == "application/json"
    assert [group["targets"] for group in json.loads(answer.text)] == [["cache"]]
    assert "10.1.2.3" not in answer.text


async def test_no_redirect_repeats_what_was_asked() -> None:
    async with Exporter() as exporter:
        for path in ("/probe/?target=hunter2", "/metrics/?hunter2", "/hunter2"):
            answer = await exporter.response("GET", path)
            assert answer.status_code == 404
            assert "hunter2" not in answer.text + str(answer.headers)
