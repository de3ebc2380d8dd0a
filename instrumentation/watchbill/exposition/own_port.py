"""The metrics page on a port of its own, beside the application's."""

from contextlib import suppress
from errno import EADDRINUSE
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import CERT_NONE, create_default_context
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Literal, Self

from watchbill.errors import InvalidDeclaration
from watchbill.exposition.access import asks_of
from watchbill.exposition.certificate import Certificate
from watchbill.exposition.page_server import PageServer, Served
from watchbill.fault import Faults
from watchbill.forked import in_child

PORT = 9464
"""Where OpenTelemetry's Prometheus exporters listen by default."""
HOST = "127.0.0.1"
RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0

State = Literal["serving", "waiting", "stopped"]


class OwnPort:
    """Serves a page in threads of its own from `start` until `stop`, or until a `with` block ends.

    Where several workers ask for one port, the first has it, and another takes it within a second when that one dies.
    Port 0 is any free one.
    """

    def __init__(
        self,
        served: Served,
        faults: Faults,
        *,
        host: str = HOST,
        port: int = PORT,
        certificate: Certificate | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._served = served
        self._faults = faults
        self._certificate = certificate
        self._lock = Lock()
        self._stopped = Event()
        self._stopped.set()
        self._server: PageServer | None = None
        in_child(self.leave)

    @property
    def url(self) -> str:
        """Where the page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._certificate else 'http'}://{host}:{self.port}{self._served.path}"

    @property
    def asks(self) -> str:
        """What a caller must have."""
        return asks_of(self._served.gate)

    @property
    def state(self) -> State:
        """`waiting` while another worker, or another program, has the port."""
        if self._stopped.is_set():
            return "stopped"
        return "waiting" if self._server is None else "serving"

    def start(self, *, shared: bool) -> None:
        """Begins. InvalidDeclaration when the address cannot be had, unless it is `shared` with other workers."""
        self._stopped.clear()
        try:
            self._listen()
        except (OSError, OverflowError) as error:
            if not (shared and isinstance(error, OSError) and error.errno == EADDRINUSE):
                self._stopped.set()
                raise InvalidDeclaration("serve", [self._refusal(error)]) from error
            Thread(target=self._wait, name="watchbill-own-port", daemon=True).start()

    def stop(self) -> None:
        """Ends it; the port is free afterwards."""
        self._stopped.set()
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _listen(self) -> None:
        server = PageServer((self.host, self.port), self._served, self._certificate, self._faults)
        with self._lock:
            if self._stopped.is_set():
                server.server_close()
                return
            self._server, self.port = server, int(server.server_address[1])
        Thread(target=server.serve_forever, name="watchbill-own-port", daemon=True).start()

    def _wait(self) -> None:
        """Tries until the port is free. A stranger who has it is reported once."""
        told = False
        while not self._stopped.wait(RETRY_SECONDS):
            try:
                self._listen()
            except OSError as error:
                if not told and not self._is_held_by_sibling():
                    told = True
                    self._faults.report("exposition", OSError(error.errno, self._refusal(error)))
            else:
                return

    def _is_held_by_sibling(self) -> bool:
        """Whether the program that has the port signs its answers as this one does."""
        connection = self._connection()
        try:
            connection.request("HEAD", "/")
            return connection.getresponse().getheader("server") == self._served.signature
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._certificate is None:
            return HTTPConnection(self.host, self.port, timeout=_PATIENCE_SECONDS)
        context = create_default_context()
        context.check_hostname = False
        context.verify_mode = CERT_NONE
        return HTTPSConnection(self.host, self.port, timeout=_PATIENCE_SECONDS, context=context)

    def _refusal(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.errno == EADDRINUSE:
            return f"port {self.port} of {self.host} is taken by another program: stop it, or give another port"
        return f"cannot listen on port {self.port} of {self.host}: {error}"

    def leave(self) -> None:
        """In a forked process: no thread serves there, and the port must not stay taken when the parent dies."""
        server, self._server = self._server, None
        if server is not None:
            self._stopped.set()
            with suppress(OSError):
                server.socket.close()
