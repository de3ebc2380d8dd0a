"""What a scrape says of a real nginx: its log in the documented format, and its status page."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exporters.probing import Answer, Exporter
from tests.plugins.exposition import names, value, values
from tests.plugins.nginx_server import NginxServer
from tests.plugins.programs import free_port, wait_until
from watchbill.catalogue.edge import CACHE_STATUS, ENCODING, RESOURCE_TYPE
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.nginx import (
    NGINX_CACHE_BYTES,
    NGINX_CACHE_RESPONSES,
    NGINX_COLLECTOR_SUCCESS,
    NGINX_COMPRESSION_INPUT,
    NGINX_COMPRESSION_OUTPUT,
    NGINX_CONNECTIONS_ACCEPTED,
    NGINX_CONNECTIONS_ACTIVE,
    NGINX_CONNECTIONS_HANDLED,
    NGINX_CONNECTIONS_READING,
    NGINX_CONNECTIONS_WAITING,
    NGINX_CONNECTIONS_WRITING,
    NGINX_ENCODED_RESPONSES,
    NGINX_LOG_BEHIND,
    NGINX_LOG_LAST_LINE,
    NGINX_LOG_ROTATIONS,
    NGINX_METHOD,
    NGINX_PARSE_ERRORS,
    NGINX_PERMISSION,
    NGINX_REQUESTS,
    NGINX_RESPONSE_BYTES,
    NGINX_RESPONSE_SECONDS,
    NGINX_RESPONSES,
    NGINX_STATUS,
    NGINX_UP,
    NGINX_UP_REASON,
    NGINX_UPSTREAM_SECONDS,
)
from watchbill.testing import Exposition
from watchbill_exporters.nginx_edge.settings import NginxSettings


def log_target(path: Path, *, from_beginning: bool = False) -> NginxSettings:
    return NginxSettings(name="web", address="", log_file=str(path), from_beginning=from_beginning)


def status_target(nginx: NginxServer, *, path: str = "/stub_status", log: Path | None = None) -> NginxSettings:
    log_file = str(log) if log is not None else None
    return NginxSettings(name="web", address=nginx.address, status_path=path, log_file=log_file)


async def until(exporter: Exporter, reached: Callable[[Exposition], bool]) -> Exposition:
    """Scrapes until nginx has written its lines, which it does after it has answered."""
    for _ in range(200):
        found = Exposition.parse((await exporter.probe("web")).text)
        if reached(found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("the log never said so")


async def responses(exporter: Exporter, number: int) -> Exposition:
    """Scrapes until the log has so many responses."""
    return await until(exporter, lambda found: found.value(NGINX_RESPONSES) >= number)


def is_down(answer: Answer, reason: str) -> bool:
    """Whether the answer says so with 200, and tells nothing else."""
    down = value(answer.text, NGINX_UP) == 0 and value(answer.text, NGINX_UP_REASON, reason) == 1
    return answer.status == 200 and down and NGINX_RESPONSES.name not in names(answer.text)


async def test_the_documented_log_tells_methods_statuses_bytes_and_times(nginx: NginxServer) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        page = nginx.get("/page.html")
        nginx.get("/page.html", method="HEAD")
        nginx.get("/nowhere.css")
        nginx.get("/page.html", **{"if-modified-since": page.headers["last-modified"]})
        found = await responses(exporter, 4)
        text = (await exporter.probe("web")).text
    assert value(text, NGINX_RESPONSES, "GET", "200") == 1
    assert value(text, NGINX_RESPONSE_BYTES, "GET", "200") == len(page.content)
    assert found.value(NGINX_RESPONSES, {NGINX_METHOD: "HEAD"}) == 1
    assert found.value(NGINX_RESPONSES, {NGINX_STATUS: "404"}) == 1
    assert found.value(NGINX_CACHE_RESPONSES, {RESOURCE_TYPE: "html", CACHE_STATUS: "NONE"}) == 4
    assert found.count(NGINX_RESPONSE_SECONDS) == 4
    assert found.count(NGINX_UPSTREAM_SECONDS) == 0
    assert found.value(NGINX_PARSE_ERRORS) == found.value(NGINX_LOG_BEHIND) == 0
    assert found.value(NGINX_LOG_LAST_LINE) > 1_700_000_000


async def test_the_documented_log_tells_what_the_cache_did_by_resource_type(nginx: NginxServer) -> None:
    nginx.empty_cache()
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        bodies = [
            nginx.get(path) for path in ("/cached/app.js", "/cached/app.js", "/cached/app.js", "/cached/logo.png")
        ]
        found = await responses(exporter, 4)
    told = [body.headers["x-cache-status"] for body in bodies]
    script, image = {RESOURCE_TYPE: "script"}, {RESOURCE_TYPE: "image"}
    for status in ("HIT", "MISS"):
        assert found.value(NGINX_CACHE_RESPONSES, {**script, CACHE_STATUS: status}) == told[:3].count(status)
    assert found.value(NGINX_CACHE_RESPONSES, {**script, CACHE_STATUS: "HIT"}) >= 2
    assert found.value(NGINX_CACHE_BYTES, image) == len(bodies[3].content)
    assert found.count(NGINX_UPSTREAM_SECONDS) == told.count("MISS")


async def test_the_documented_log_tells_compression(nginx: NginxServer) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        packed = nginx.get("/app.js", **{"accept-encoding": "gzip"})
        nginx.get("/logo.png", **{"accept-encoding": "gzip"})
        found = await responses(exporter, 2)
    assert found.value(NGINX_ENCODED_RESPONSES, {RESOURCE_TYPE: "script", ENCODING: "gzip"}) == 1
    assert found.value(NGINX_ENCODED_RESPONSES, {RESOURCE_TYPE: "image", ENCODING: "identity"}) == 1
    # nginx counts the lines between the chunks as well, and rounds the ratio to two decimals.
    assert found.value(NGINX_COMPRESSION_OUTPUT) == pytest.approx(packed.num_bytes_downloaded, abs=20)
    assert found.value(NGINX_COMPRESSION_INPUT) == pytest.approx(len(packed.content), rel=0.2)


async def test_counters_go_on_over_a_rotation_of_nginx_own(nginx: NginxServer) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        nginx.get("/page.html")
        await responses(exporter, 1)
        old = nginx.log.rename(nginx.log.with_suffix(".1"))
        nginx.get("/page.html")
        nginx.reopen()
        await asyncio.to_thread(wait_until, nginx.log.exists, "nginx opens its new log")
        nginx.get("/page.html")
        found = await responses(exporter, 3)
    assert found.value(NGINX_RESPONSES) == 3
    assert found.value(NGINX_LOG_ROTATIONS) == 1
    assert old.exists()


async def test_counters_go_on_when_the_log_is_copied_and_cut(nginx: NginxServer) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        nginx.get("/page.html")
        await responses(exporter, 1)
        os.truncate(nginx.log, 0)
        nginx.get("/page.html")
        found = await responses(exporter, 2)
    assert found.value(NGINX_RESPONSES) == 2


async def test_the_status_page_tells_connections_as_nginx_does(nginx: NginxServer) -> None:
    async with Exporter(status_target(nginx)) as exporter:
        before = (await exporter.probe("web")).text
        page = nginx.get("/stub_status").text.split()
        after = (await exporter.probe("web")).text
    accepted, handled, requests = map(int, page[7:10])
    assert value(before, NGINX_CONNECTIONS_ACCEPTED) == accepted - 1
    assert value(after, NGINX_CONNECTIONS_ACCEPTED) == accepted
    assert value(after, NGINX_CONNECTIONS_HANDLED) == handled
    assert value(after, NGINX_REQUESTS) == requests + 1
    assert min(values(after, NGINX_CONNECTIONS_ACTIVE)) >= 1
    assert min(values(after, NGINX_CONNECTIONS_WRITING)) >= 1
    assert {NGINX_CONNECTIONS_READING.name, NGINX_CONNECTIONS_WAITING.name} <= names(after)
    assert value(after, NGINX_UP) == 1


async def test_the_status_page_says_whether_nginx_is_up_where_there_is_a_log_as_well(nginx: NginxServer) -> None:
    gone = NginxSettings(name="web", address=f"127.0.0.1:{free_port()}", log_file=str(nginx.log))
    async with Exporter(gone) as exporter:
        assert is_down(await exporter.probe("web"), "refused")


async def test_a_log_that_is_missing_beside_a_status_page_is_its_collectors_fault(
    nginx: NginxServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Exporter(status_target(nginx, log=tmp_path / "none.log")) as exporter:
        found = Exposition.parse((await exporter.probe("web")).text)
    assert found.value(NGINX_UP) == 1
    assert found.value(NGINX_COLLECTOR_SUCCESS, {COLLECTOR: "status"}) == 1
    assert found.value(NGINX_COLLECTOR_SUCCESS, {COLLECTOR: "log"}) == 0
    assert "none.log: No such file" in caplog.text


@pytest.mark.parametrize(
    ("path", "reason", "remedy"),
    [
        ("/forbidden", "auth", "`allow` the exporter's address"),
        ("/nowhere", "protocol", "set status_path"),
        ("/empty", "protocol", "add `stub_status;`"),
    ],
)
async def test_a_status_page_that_is_none_is_down_with_a_remedy(
    nginx: NginxServer, path: str, reason: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Exporter(status_target(nginx, path=path)) as exporter:
        assert is_down(await exporter.probe("web"), reason)
    assert remedy in caplog.text


async def test_a_log_that_does_not_exist_yet_is_down_and_up_when_it_comes(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with Exporter(log_target(log)) as exporter:
        assert is_down(await exporter.probe("web"), "refused")
        log.write_text('{"status": "200"}\n')
        found = Exposition.parse((await exporter.probe("web")).text)
    assert (found.value(NGINX_UP), found.value(NGINX_RESPONSES)) == (1, 1)


async def test_a_log_that_is_lost_and_comes_back_keeps_its_counters(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text('{"status": "200"}\n' * 3)
    async with Exporter(log_target(log, from_beginning=True)) as exporter:
        await exporter.probe("web")
        log.unlink()
        assert value((await exporter.probe("web")).text, NGINX_RESPONSES, "other", "200") == 3
        log.write_text('{"status": "200"}\n')
        assert value((await exporter.probe("web")).text, NGINX_RESPONSES, "other", "200") == 4


async def test_a_log_in_another_format_is_a_fault_that_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "access.log"
    log.write_text("127.0.0.1 - - GET / 200\n" * 5)
    async with Exporter(log_target(log, from_beginning=True)) as exporter:
        found = Exposition.parse((await exporter.probe("web")).text)
    assert found.value(NGINX_PARSE_ERRORS) == 5
    assert found.value(NGINX_COLLECTOR_SUCCESS, {COLLECTOR: "requests"}) == 0
    assert "log_format" in caplog.text


async def test_a_readable_log_has_its_permission(nginx: NginxServer) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        assert value((await exporter.probe("web")).text, NGINX_PERMISSION, "log_file") == 1


async def test_no_path_of_a_client_is_exposed_or_logged(nginx: NginxServer, caplog: pytest.LogCaptureFixture) -> None:
    async with Exporter(log_target(nginx.log)) as exporter:
        await exporter.probe("web")
        nginx.get("/secret-token-4711.png?key=0815")
        await responses(exporter, 1)
        answer = await exporter.probe("web")
    assert "4711" not in answer.text + caplog.text
    assert "0815" not in answer.text + caplog.text
