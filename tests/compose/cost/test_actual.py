"""What a Prometheus answers, and what is said of a server that is none."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from watchbill_stack.cost.actual import NoPrometheus, ask

Answer = tuple[int, str]


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], str]]:
    """The address of a server that always answers so."""
    servers: list[HTTPServer] = []

    def answering(status: int, body: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the base class has it
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
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
    ],
)
def test_a_server_that_is_no_prometheus_is_one_clear_error(
    answering: Callable[[int, str], str], status: int, body: str, said: str
) -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match=said):
        ask(answering(status, body), client, {})


def test_nobody_there_is_one_clear_error() -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(NoPrometheus, match=r"127\.0\.0\.1:9 does not answer"):
        ask("http://127.0.0.1:9", client, {})
