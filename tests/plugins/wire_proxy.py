"""A TCP proxy that counts what a client costs a server, and makes the way to it as long as is asked for.

python -m tests.plugins.wire_proxy HOST:PORT SECONDS     # says its port, then its counts for each line it reads
"""

import json
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

_CHUNK = 262_144


@dataclass
class Counts:
    """What has passed. A round trip is a message of the client that follows one of the server, or the first."""

    connections: int = 0
    round_trips: int = 0
    bytes_up: int = 0
    bytes_down: int = 0

    def __sub__(self, other: "Counts") -> "Counts":
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] - theirs[name] for name in mine})


@dataclass
class _Turns:
    """Whose turn a connection's last message was."""

    of_client: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class WireProxy:
    """Listens on a free port of loopback. `delay` is the way's length in one direction, in seconds.

    A delay makes the count of round trips exact: messages that a client sends without waiting stay together.
    """

    def __init__(self, target: str, delay: float = 0.0) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._delay = delay
        self._counts = Counts()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def counts(self) -> Counts:
        """What has passed until now."""
        with self._lock:
            return Counts(**asdict(self._counts))

    def lead_to(self, target: str) -> None:
        """Another server from now on; connections to the one before are cut."""
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._cut()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cut()
        _end(self._listener)

    def _cut(self) -> None:
        while self._open:
            _end(self._open.pop())

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    self._counts.connections += 1
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, timeout=60)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._open += [client, server]
        turns = _Turns()
        for source, sink, up in ((client, server, True), (server, client, False)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carry(source, sink, partial(self._count, turns, up=up))

    def _carry(self, source: socket.socket, sink: socket.socket, count: Callable[[int], None]) -> None:
        under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def receive() -> None:
            content = b"."
            while content:
                try:
                    content = source.recv(_CHUNK)
                except OSError:
                    content = b""
                if content:
                    count(len(content))
                under_way.put((time.monotonic() + self._delay, content))

        def send() -> None:
            content = b"."
            while content:
                due, content = under_way.get()
                time.sleep(max(0.0, due - time.monotonic()))
                with suppress(OSError):
                    if content:
                        sink.sendall(content)
                    else:
                        sink.shutdown(socket.SHUT_WR)

        for work in (receive, send):
            threading.Thread(target=work, daemon=True).start()

    def _count(self, turns: _Turns, size: int, *, up: bool) -> None:
        with turns.lock:
            begins = up and not turns.of_client
            turns.of_client = up
        with self._lock:
            self._counts.round_trips += begins
            if up:
                self._counts.bytes_up += size
            else:
                self._counts.bytes_down += size


def _end(one: socket.socket) -> None:
    # A thread that waits in accept or recv is woken by this and not by close.
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


class RemoteProxy:
    """A proxy in a process of its own, so that it takes no time from whoever measures."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.port = port

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def counts(self) -> Counts:
        """What has passed until now."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the proxy has no pipes")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Counts(**json.loads(self._process.stdout.readline()))


@contextmanager
def remote_proxy(target: str, delay: float = 0.0) -> Generator[RemoteProxy]:
    """A proxy before a target, in a process that ends with the block."""
    command = [sys.executable, "-m", "tests.plugins.wire_proxy", target, str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline()) if process.stdout is not None else 0
            yield RemoteProxy(process, port)
        finally:
            process.terminate()


def main() -> None:
    """Proxies until standard input ends; each line of it asks for the counts."""
    with WireProxy(sys.argv[1], float(sys.argv[2])) as proxy:
        print(proxy.port, flush=True)  # noqa: T201  # what the parent reads
        for _ in sys.stdin:
            print(json.dumps(asdict(proxy.counts)), flush=True)  # noqa: T201  # as above


if __name__ == "__main__":
    main()
