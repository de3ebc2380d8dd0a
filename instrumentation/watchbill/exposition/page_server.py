"""A small HTTP server for one page, in threads, by the standard library."""

import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import BoundedSemaphore, get_ident
from time import monotonic
from typing import Any, NamedTuple

from watchbill.exposition.access import UNAUTHORIZED, Gate
from watchbill.exposition.certificate import Certificate
from watchbill.exposition.page import FAILED, MetricsPage
from watchbill.exposition.request import METHODS, Request
from watchbill.fault import Faults

_CONNECTIONS = 32
_PATIENCE_SECONDS = 10.0
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_PLAIN = "text/plain; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


class Served(NamedTuple):
    """What a server answers, to whom, and how it signs its answers."""

    page: MetricsPage
    path: str
    gate: Gate | None
    signature: str


class PageServer(ThreadingHTTPServer):
    """Listens from its creation on; OSError when it cannot. One request per connection, and no more than 32 at once.

    A caller has ten seconds to send its request, however many bytes come meanwhile.
    """

    daemon_threads = True
    request_queue_size = 2 * _CONNECTIONS
    # Worker processes are copies: what a connection is doing must not keep a server from stopping.
    block_on_close = False

    def __init__(
        self, address: tuple[str, int], served: Served, certificate: Certificate | None, faults: Faults
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.served = served
        self._certificate = certificate
        self.faults = faults
        self._free = BoundedSemaphore(_CONNECTIONS)
        # By thread: the connection, and until when it may last.
        self._limits: dict[int, tuple[socket.socket, float]] = {}
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without the standard library's look-up of the host's full name, which may ask the network for seconds."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread, or refused when there are too many."""
        if not self._free.acquire(blocking=False):
            request.settimeout(0)
            try:
                request.send(_BUSY)
            finally:
                self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """What the thread does."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS is agreed on here, where a slow client makes nobody wait."""
        request.settimeout(_PATIENCE_SECONDS)
        with self._limited(request):
            if self._certificate is None:
                super().finish_request(request, client_address)
                return
            with self._certificate.context().wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, client_address)

    @contextmanager
    def _limited(self, request: socket.socket) -> Generator[None]:
        # A second descriptor: TLS takes the first one away, and its number may be another connection's soon.
        with request.dup() as connection:
            self._limits[get_ident()] = connection, monotonic() + _PATIENCE_SECONDS
            try:
                yield
            finally:
                del self._limits[get_ident()]

    def prolong(self, seconds: float) -> None:
        """Gives the connection of this thread more time, for its request is there."""
        connection, _ = self._limits[get_ident()]
        self._limits[get_ident()] = connection, monotonic() + _PATIENCE_SECONDS + seconds

    def service_actions(self) -> None:
        """Twice a second: breaks off what has lasted too long."""
        now = monotonic()
        for connection, until in list(self._limits.values()):
            if now > until:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  socketserver's signature
        """A caller that breaks off or speaks no HTTP is no fault of ours."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.faults.report("exposition", error)


class _Handler(BaseHTTPRequestHandler):
    server: PageServer  # pyright: ignore[reportIncompatibleVariableOverride]  no other server makes it
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The standard library looks a method up as do_GET, do_PATCH, and so on."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def version_string(self) -> str:
        return self.server.served.signature

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the standard library's name
        """Scrapes are not worth a line."""

    def _answer(self) -> None:
        status, headers, chunks = self._found()
        self.send_response(status)
        for name, value in (*headers, ("connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        for chunk in () if self.command == "HEAD" else chunks:
            self.wfile.write(chunk)

    def _found(self) -> tuple[int, Headers, tuple[bytes, ...]]:
        served, names = self.server.served, dict.fromkeys(map(str.lower, self.headers))
        headers = {name: ",".join(self.headers.get_all(name, [])) for name in names}
        if served.gate is not None and not served.gate.admits(headers.get("authorization", "")):
            return _text(401, UNAUTHORIZED, ("www-authenticate", served.gate.challenge))
        if self.path.partition("?")[0] != served.path:
            return _text(404, f"Not Found: the metrics are at {served.path}\n".encode())
        if self.command not in METHODS:
            return _text(405, b"Method Not Allowed\n", ("allow", ", ".join(METHODS)))
        asked = Request.of(headers)
        self.server.prolong(asked.timeout)
        try:
            body = served.page.begin(asked).result()
        except Exception as error:  # noqa: BLE001  a scrape that fails is answered, too
            self.server.faults.report("exposition", error)
            return _text(500, FAILED)
        return 200, tuple(asked.answered_by(body)), body.chunks


def _text(status: int, text: bytes, *extra: tuple[str, str]) -> tuple[int, Headers, tuple[bytes, ...]]:
    return status, (("content-type", _PLAIN), ("content-length", str(len(text))), *extra), (text,)
