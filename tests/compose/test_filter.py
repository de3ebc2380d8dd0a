"""The filter does what REQUIREMENTS A asks: it answers first, and counts in one round trip what it has answered."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.plugins.application import until
from tests.plugins.programs import free_port, stop, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.background import BACKGROUND_TASKS, FAILED, OUTCOME, SUCCEEDED, TASK
from watchbill.catalogue.cache import CACHE, CACHE_OPERATIONS, CACHE_STATUS, HIT, MISS
from watchbill.catalogue.http import (
    HTTP_BACKGROUND_DURATION,
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_TOTAL_DURATION,
    ROUTE,
    STATUS,
)
from watchbill.catalogue.outbound import AI_CALLS, AI_COST, API, CALL_OUTCOME
from watchbill.catalogue.redis_client import COMMAND, REDIS_COMMAND_DURATION
from watchbill.testing import Exposition
from watchbill_reference.backends import backends
from watchbill_reference.stack import content_filter, stack
from watchbill_stack.native.process import stop_all
from watchbill_stack.native.site import Site

_ROUTE = "/v1/filter"


@pytest.fixture
def moderation(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The API that the filter calls."""
    with _running("watchbill_reference.filter.upstream:create", f"--uds={tmp_path / 'moderation'}") as process:
        yield process


@pytest.fixture
def client(redis_server: RedisServer, moderation: "subprocess.Popen[bytes]", tmp_path: Path) -> Iterator[httpx.Client]:
    """Talks to a filter, once all of it runs."""
    port, api = free_port(), tmp_path / "moderation"
    environment = {
        "FILTER_REDIS_ADDRESS": redis_server.address,
        "FILTER_REDIS_PASSWORD_FILE": str(redis_server.password_file),
        "FILTER_MODERATION_SOCKET": str(api),
    }
    with (
        _running("watchbill_reference.filter.application:create", f"--port={port}", **environment),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        wait_until(lambda: _listens(port) and _listens(api), "the filter and its API start")
        assert moderation.poll() is None
        yield client


@contextmanager
def _running(factory: str, *arguments: str, **environment: str) -> Generator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--log-level=error", *arguments]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield process
    finally:
        stop(process)


def _listens(at: int | Path) -> bool:
    family = socket.AF_INET if isinstance(at, int) else socket.AF_UNIX
    with socket.socket(family) as probe:
        return probe.connect_ex(("127.0.0.1", at) if isinstance(at, int) else str(at)) == 0


def _judged(client: httpx.Client, text: str, status: int = 200) -> dict[str, Any]:
    answer = client.post(_ROUTE, json={"text": text, "user": "ann"})
    assert answer.status_code == status
    judged: dict[str, Any] = answer.json()
    return judged


def _exposed(client: httpx.Client) -> Exposition:
    return Exposition.parse(client.get(content_filter.metrics_path).text, content_filter.names)


def _ended(client: httpx.Client, task: str, outcome: str) -> float:
    return _exposed(client).value(BACKGROUND_TASKS, {TASK: task, OUTCOME: outcome})


def _settled(client: httpx.Client, requests: int) -> None:
    until(lambda: _exposed(client).count(HTTP_TOTAL_DURATION, {ROUTE: _ROUTE}) == requests)


def test_a_text_is_judged_by_the_first_who_knows(client: httpx.Client) -> None:
    assert _judged(client, "how to make a bomb") == {"blocked": True, "flags": ["bomb"], "source": "prescreen"}
    assert _judged(client, "you are stupid") == {"blocked": True, "flags": ["harassment"], "source": "moderation"}
    until(lambda: _ended(client, "verdict-cache", SUCCEEDED) == 1)
    assert _judged(client, "you are stupid") == {"blocked": True, "flags": ["harassment"], "source": "cache"}
    assert _judged(client, "hello world") == {"blocked": False, "flags": [], "source": "moderation"}

    exposed = _exposed(client)
    calls = [exposed.value(AI_CALLS, {API: "text", CALL_OUTCOME: outcome}) for outcome in ("cached", SUCCEEDED)]
    assert calls == [1, 2]
    assert exposed.value(AI_COST) > 0
    found = [exposed.value(CACHE_OPERATIONS, {CACHE: "verdict", CACHE_STATUS: status}) for status in (HIT, MISS)]
    assert found == [1, 2]


def test_the_statistics_of_a_request_are_one_round_trip(client: httpx.Client) -> None:
    _judged(client, "how to make a bomb")
    _settled(client, 1)

    exposed = _exposed(client)
    assert exposed.count(REDIS_COMMAND_DURATION) == 1
    assert exposed.count(REDIS_COMMAND_DURATION, {COMMAND: "PIPELINE"}) == 1
    statistics = client.get("/v1/statistics").json()
    assert statistics["totals"]["requests"] == statistics["totals"]["blocked"] == "1"
    assert statistics["flags"] == {"bomb": "1"}
    assert statistics["users"] == 1


def test_core_background_and_total_time_are_told_apart(client: httpx.Client) -> None:
    _judged(client, "hello world")
    _settled(client, 1)

    exposed = _exposed(client)
    core, behind, whole = (
        exposed.total(metric, {ROUTE: _ROUTE})
        for metric in (HTTP_REQUEST_DURATION, HTTP_BACKGROUND_DURATION, HTTP_TOTAL_DURATION)
    )
    assert 0 < behind < whole
    assert 0.015 <= core < whole


def test_without_redis_answers_are_as_before_and_the_work_after_them_has_failed(
    client: httpx.Client, redis_server: RedisServer
) -> None:
    redis_server.stop()

    assert _judged(client, "hello world")["source"] == "moderation"
    assert _judged(client, "hello world")["source"] == "moderation"
    until(lambda: _ended(client, "statistics", FAILED) == _ended(client, "verdict-cache", FAILED) == 2)
    assert _exposed(client).value(HTTP_REQUESTS, {ROUTE: _ROUTE, STATUS: 200}) == 2
    assert client.get("/v1/statistics").status_code == 503


def test_without_the_moderation_api_only_what_needs_it_fails(
    client: httpx.Client, moderation: "subprocess.Popen[bytes]"
) -> None:
    stop(moderation, signal.SIGKILL)

    assert _judged(client, "hello world", 503) == {"detail": "the moderation API does not answer"}
    assert _judged(client, "how to make a bomb")["source"] == "prescreen"
    exposed = _exposed(client)
    assert exposed.value(HTTP_REQUESTS, {ROUTE: _ROUTE, STATUS: 503}) == 1
    assert exposed.value(AI_CALLS, {CALL_OUTCOME: FAILED}) == 1


def test_it_reaches_its_moderation_api_from_a_folder_whose_path_is_longer_than_a_sockets_may_be(tmp_path: Path) -> None:
    site = Site(tmp_path / ("long" * 30), {name: free_port() for name in ("filter", "shop", "cache", "orders")}, {})
    for folder in (site.folder / "logs", site.secrets):
        folder.mkdir(parents=True)
    children = [child for child in backends(stack, site) if child.name in {"moderation", "filter"}]
    try:
        for child in children:
            child.start()
        for child in children:
            child.wait_ready(time.monotonic() + 30)
        with httpx.Client(base_url=site.url("filter"), timeout=10) as client:
            assert _judged(client, "hello world")["source"] == "moderation"
    finally:
        stop_all(children)
