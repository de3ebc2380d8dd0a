"""OTLP collectors on loopback: those that take spans, and those that do worse."""

import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collected:
    """What a collector was sent."""

    address: str
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    @property
    def names(self) -> list[str]:
        """Of the spans, in the order they came."""
        found = (ExportTraceServiceRequest.FromString(body) for _, body in self.requests)
        return [
            span.name
            for request in found
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]


@contextmanager
def http_collector(
    statuses: Callable[[int], int] = lambda _: 200, slowness: float = 0, more: Mapping[str, str] | None = None
) -> Generator[Collected]:
    """Answers its n-th request with a status, after some seconds; `more` are headers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collected.requests.append((dict(self.headers.items()), body))
            time.sleep(slowness)
            self.send_response(statuses(len(collected.requests)))
            self.send_header("content-length", "0")
            for name, text in (more or {}).items():
                self.send_header(name, text)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collected = Collected(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collected
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def grpc_collector() -> Generator[Collected]:
    """Takes what it is sent over gRPC."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    def export(body: bytes, context: Any) -> bytes:
        collected.requests.append(({one.key: str(one.value) for one in context.invocation_metadata()}, body))
        return b""

    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    method: Any = grpc.unary_unary_rpc_method_handler(export)  # pyright: ignore[reportUnknownVariableType]  of bytes
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    collected = Collected(f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    server.start()
    try:
        yield collected
    finally:
        server.stop(None).wait()


@contextmanager
def silent_collector() -> Generator[Collected]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield Collected(f"http://127.0.0.1:{listener.getsockname()[1]}")


@contextmanager
def dripping_collector() -> Generator[Collected]:
    """Begins an answer, and goes on with one byte now and then."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while not over.wait(0.1):
                    connection.sendall(b"h")
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Collected(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        over.set()
        listener.close()
        thread.join()


@contextmanager
def resetting_collector() -> Generator[Collected]:
    """Accepts connections and resets them."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Collected(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def no_collector() -> Generator[Collected]:
    """Nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield Collected(address)
