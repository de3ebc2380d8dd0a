"""What a Prometheus answers, and what is said of a server that is none."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain, repeat
from threading import Thread

import httpx
import pytest

from watchbill.catalogue import INSTANCE, JOB, SERVICE
from watchbill.catalogue.watching import ALERTS, UP
from watchbill_stack.cost.actual import NoPrometheus, ask
from watchbill_stack.cost.selection import NAME

Rows = list[dict[str, object]]


def answer(rows: Rows) -> str:
    """What Prometheus says to every question, where each finds these rows."""
    head = {"numSeries": 3}
    return json.dumps({"status": "success", "data": {"result": rows, "groups": [], "headStats": head}})


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    """The address of a server that always answers so."""
    servers: list[HTTPServer] = []

    def answering(status: int, body: str, forever: Iterable[bytes] = ()) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                with suppress(OSError):
                    for part in chain([body.encode()], forever):
                        self.wfile.write(part)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the base class has it
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield answering
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, "<html>", "no JSON"),
        (404, "404 page not found", "answers 404 and no JSON"),
        (422, json.dumps({"status": "error", "error": "query timed out"}), "answers 422: query timed out"),
        (200, "[]", "in another form than Prometheus"),
        (200, "{}", "in another form than Prometheus"),
        (200, json.dumps({"status": "success", "data": {"result": [{"metric": {}}]}}), "in another form"),
        (200, answer([{"metric": {}, "value": [0, "+Inf"]}]), "in another form"),
        (200, "[" * 100_000, "no JSON"),
    ],
)
def test_a_server_that_is_no_prometheus_is_one_clear_error(
    answering: Callable[..., str], status: int, body: str, said: str
) -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match=said):
        ask(answering(status, body), client, {})


def test_nobody_there_is_one_clear_error() -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match=r"127\.0\.0\.1:9 does not answer"):
        ask("http://127.0.0.1:9", client, {})


def test_an_answer_without_end_is_one_clear_error(answering: Callable[..., str]) -> None:
    address = answering(200, "", repeat(b" "))

    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match="no whole answer within"):
        ask(address, client, {}, patience=0.1)


def test_a_host_name_that_cannot_be_is_one_clear_error() -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match="does not answer"):
        ask(f"http://{'x' * 300}", client, {})


def test_an_alert_about_a_target_is_no_series_of_that_target(answering: Callable[..., str]) -> None:
    target = {JOB.name: "exporter", INSTANCE.name: "exporter:9121"}
    rows: Rows = [
        {"metric": {NAME: UP.name, **target}, "value": [0, "1"]},
        {"metric": {NAME: ALERTS.name, **target}, "value": [0, "2"]},
        {"metric": {NAME: ALERTS.name, **target, SERVICE.name: "shop"}, "value": [0, "1"]},
    ]
    with httpx.Client(trust_env=False) as client:
        found = ask(answering(200, answer(rows)), client, {"exporter": "exporter", "shop": "service"})

    assert found.series["exporter", "exporter"] == {UP.name: 1}
    assert found.series["rules", ""] == {ALERTS.name: 2}
