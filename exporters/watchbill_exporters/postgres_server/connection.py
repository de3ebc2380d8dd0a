"""A psycopg connection that never waits longer than it is told, and accepts only so many bytes."""

import socket
import sys
from collections.abc import Generator
from typing import Any, TypeVar

from psycopg import AsyncConnection, waiting
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

from watchbill_exporters.reason import TargetDown

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of all answers of one probe; a healthy server sends some ten thousand."""
_TCP_INFO_LENGTH = 136
_BYTES_RECEIVED = slice(128, 136)

Result = TypeVar("Result")


class BoundedConnection(AsyncConnection[TupleRow]):
    """Raises TargetDown (protocol) once a probe has received more than LARGEST_ANSWER.

    An interrupted wait ends at once: psycopg's own would first ask the server to cancel and wait for its answer,
    which a frozen server never gives. The server ends the statement by itself, at its statement_timeout.
    """

    _received_before = 0

    def renew_allowance(self) -> None:
        """Lets a new probe receive the full LARGEST_ANSWER."""
        self._received_before = _bytes_received(self.pgconn.socket)

    async def wait(
        self,
        gen: PQGen[Result],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # psycopg's signature; the probe's deadline rules
    ) -> Result:
        return await waiting.wait_async(self._watched(gen), self.pgconn.socket, interval=interval)

    def _watched(self, gen: PQGen[Result]) -> Generator[Any, Any, Result]:
        # Any: psycopg's generators yield and take its own readiness flags, which pass through untouched.
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if _bytes_received(self.pgconn.socket) - self._received_before > LARGEST_ANSWER:
                    raise TargetDown("protocol", f"the server sent more than {LARGEST_ANSWER} bytes")
                wanted = gen.send(ready)
        except StopIteration as done:
            result: Result = done.value
            return result


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
