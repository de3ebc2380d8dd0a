"""Servers that misbehave: real sockets that a client can reach, or almost."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle

Behaviour = Callable[[socket.socket], None]
_FILLERS = 3
_FLOOD = 2**30


@contextmanager
def black_hole() -> Generator[int]:
    """A port of loopback whose packets nobody answers: its queue of connections is full."""
    with ExitStack() as stack:
        hole = stack.enter_context(socket.socket())
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(_FILLERS):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        yield int(hole.getsockname()[1])


@dataclass
class IllServer:
    """Answers every connection by one behaviour, in a thread; `accepted` counts them."""

    behaviour: Behaviour
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    accepted: int = 0
    connections: list[socket.socket] = field(default_factory=list[socket.socket])

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return int(self.listener.getsockname()[1])

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def serve(self) -> None:
        """Accepts until the listener is shut."""
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.accepted += 1
                self.connections.append(connection)
                threading.Thread(target=self._behave, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        """Shuts everything; threads that wait on a socket end."""
        for one in (self.listener, *self.connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _behave(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self.behaviour(connection)


@contextmanager
def ill_server(behaviour: Behaviour) -> Generator[IllServer]:
    """A running server of one behaviour."""
    server = IllServer(behaviour)
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield server
    finally:
        server.stop()


def dripping_redis(connection: socket.socket) -> None:
    """A line that grows by a byte a second, and never ends."""
    while True:
        connection.sendall(b"+")
        time.sleep(1)


def dripping_postgres(connection: socket.socket) -> None:
    """Declines TLS, then sends what lets a client in, a byte a second."""
    if _asks_for_tls(connection.recv(65_536)):
        connection.sendall(b"N")
    for byte in cycle(b"R\x00\x00\x00\x08\x00\x00\x00\x00"):
        connection.sendall(bytes([byte]))
        time.sleep(1)


def flooding_redis(connection: socket.socket) -> None:
    """Reads a command, then sends replies of 4 MB, more than anybody wants to keep."""
    connection.recv(65_536)
    connection.sendall(b"+OK\r\n+PONG\r\n*100000\r\n")
    flood = b"$4000000\r\n" + b"x" * 4_000_000 + b"\r\n"
    _pour(connection, flood)


def flooding_postgres(connection: socket.socket) -> None:
    """Lets anybody in, then sends rows of a thousand bytes, more than anybody wants to keep."""
    ready = b"Z\x00\x00\x00\x05I"
    columns = b"T\x00\x00\x00\x1a\x00\x01a\x00" + b"\x00" * 6 + b"\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00"
    row = b"D" + (1000 + 10).to_bytes(4, "big") + b"\x00\x01" + (1000).to_bytes(4, "big") + b"1" * 1000
    if _asks_for_tls(connection.recv(65_536)):
        connection.sendall(b"N")
        connection.recv(65_536)
    connection.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x00" + ready)
    connection.recv(65_536)
    connection.sendall(columns)
    _pour(connection, row * 1000)


def speaking_http(connection: socket.socket) -> None:
    """Another program: answers as a web server does."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.close()


def redirecting(target: str) -> Behaviour:
    """A web server that sends every request on to another address, and whatever it says with it."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        head = f"HTTP/1.1 302 Found\r\nLocation: http://{target}/elsewhere\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())
        connection.recv(1)

    return behave


def speaking_redis(info: bytes) -> Behaviour:
    """A Redis that knows PING and INFO, whose answer is given, and refuses everything else."""

    def behave(connection: socket.socket) -> None:
        known = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%b\r\n" % (len(info), info)}
        with connection.makefile("rb") as lines:
            while line := lines.readline():
                words: list[bytes] = []
                for _ in range(int(line[1:])):
                    length = int(lines.readline()[1:])
                    words.append(lines.read(length + 2)[:-2])
                connection.sendall(known.get(words[0].upper(), b"-ERR unknown command\r\n"))

    return behave


def _pour(connection: socket.socket, flood: bytes) -> None:
    """Sends until a client that keeps everything would take the memory of those beside it, then nothing."""
    for _ in range(_FLOOD // len(flood)):
        connection.sendall(flood)
    connection.recv(1)


def _asks_for_tls(startup: bytes) -> bool:
    """Whether PostgreSQL's client begins with an SSLRequest; the real start follows the answer."""
    return startup[4:8] == b"\x04\xd2\x16\x2f"
