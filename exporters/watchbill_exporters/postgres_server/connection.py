"""A psycopg connection that never waits longer than it is told, and accepts only so many bytes."""

import socket
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Self, TypeVar

import psycopg
from psycopg import AsyncConnection, capabilities, waiting
from psycopg.abc import PQGen, PQGenConn
from psycopg.rows import TupleRow

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of all answers of one probe; a healthy server sends some hundred thousand. libpq takes four times as much."""
_LARGEST_WELCOME = 1024 * 1024
# libpq reads for as long as the kernel has something, and looks at its own size only then.
_RECEIVE_BUFFER = 128 * 1024
_LONGEST_FAREWELL = 0.3
_TCP_INFO_LENGTH = 136
_BYTES_RECEIVED = slice(128, 136)

Result = TypeVar("Result")


class BoundedConnection(AsyncConnection[TupleRow]):
    """Raises TargetDown (protocol) once a probe has received more than `largest_answer` bytes.

    An interrupted wait ends at once: psycopg's own would first ask the server to cancel and wait for its answer,
    which a frozen server never gives. The server ends the statement by itself, at its statement_timeout.
    """

    largest_answer = LARGEST_ANSWER
    _received_before = 0

    @property
    def received(self) -> int:
        """Bytes since the allowance was renewed."""
        return _bytes_received(self.pgconn.socket) - self._received_before

    def renew_allowance(self) -> None:
        """Lets a new probe receive the largest answer in full."""
        self._received_before = _bytes_received(self.pgconn.socket)

    async def abandon(self, deadline: Deadline) -> None:
        """Asks the server to end what it does, for as long as the deadline allows, and drops the connection."""
        # An older libpq asks in a thread that nothing can interrupt: there the statement_timeout alone must do.
        if capabilities.has_cancel_safe():
            with suppress(psycopg.Error, TargetDown):
                async with deadline.within(_LONGEST_FAREWELL).limit("cancelling"):
                    await self.cancel_safe()
        await self.close()

    async def wait(
        self,
        gen: PQGen[Result],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # psycopg's signature; the probe's deadline rules
    ) -> Result:
        def look(wanted: Any) -> None:  # Any: as in _watched
            del wanted
            _bounded(self.received, self.largest_answer)

        return await waiting.wait_async(_watched(gen, look), self.pgconn.socket, interval=interval)

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        """Raises TargetDown (protocol) for a server that will not stop talking before it has let us in."""

        def look(wanted: Any) -> None:  # Any: as in _watched
            descriptor, _ = wanted
            _bound_buffer(descriptor)
            _bounded(_bytes_received(descriptor), _LARGEST_WELCOME)

        connection: Self = yield from _watched(super()._connect_gen(conninfo), look)
        return connection


def _bounded(received: int, most: int) -> None:
    if received > most:
        raise TargetDown("protocol", f"the server sent more than {most} bytes")


def _watched(gen: Generator[Any, Any, Result], look: Callable[[Any], None]) -> Generator[Any, Any, Result]:
    """Looks at what a generator of psycopg waits for, before and after each wait."""
    # Any: psycopg's generators yield and take its own readiness flags, which pass through untouched.
    try:
        wanted = next(gen)
        while True:
            look(wanted)
            ready = yield wanted
            look(wanted)
            wanted = gen.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result


def _bound_buffer(descriptor: int) -> None:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=descriptor)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    finally:
        connection.detach()  # the descriptor stays libpq's


def _bytes_received(descriptor: int) -> int:
    """What the kernel has received on a connection since it opened; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=descriptor)
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_LENGTH)
    finally:
        connection.detach()  # the descriptor stays libpq's
    return int.from_bytes(info[_BYTES_RECEIVED], sys.byteorder)
