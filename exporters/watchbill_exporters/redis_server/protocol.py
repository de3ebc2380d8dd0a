"""A connection that speaks Redis' wire protocol, with a limit on what a server may send."""

import asyncio
import ssl

from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.reply import LARGEST_ANSWER, Refusal, Reply, ReplyParser
from watchbill_exporters.redis_server.request import Command, encoded

__all__ = ["LARGEST_ANSWER", "Command", "Refusal", "Reply", "Wire"]


class Wire(asyncio.Protocol):
    """Sends commands and reads their replies in order; make one with `open`."""

    def __init__(self) -> None:
        self._parser = ReplyParser()
        self._transport: asyncio.Transport | None = None
        self._fault: TargetDown | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.has_heard = False
        """Whether the server has sent anything."""
        self._closed = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, address: str, port: int, *, host: str, tls: ssl.SSLContext | None) -> "Wire":
        """Connects; `host` is the name its certificate must carry. Raises OSError."""
        loop = asyncio.get_running_loop()
        server_hostname = host if tls is not None else None
        _, wire = await loop.create_connection(cls, address, port, ssl=tls, server_hostname=server_hostname)
        return wire

    def send(self, *commands: Command) -> None:
        """Sends commands in one write, without waiting for their replies."""
        self.send_packet(b"".join(map(encoded, commands)))

    def send_packet(self, packet: bytes) -> None:
        """Sends commands that are encoded already."""
        if self._transport is not None:
            self._transport.write(packet)

    async def reply(self) -> Reply:
        """The next reply, in the order of the commands; raises TargetDown (protocol)."""
        # What arrived before a connection broke off is still told: a full server says so and closes.
        while not self._parser.replies:
            if self._fault is not None:
                raise self._fault
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._parser.replies.popleft()

    def renew_allowance(self) -> None:
        """Lets a new probe receive the full LARGEST_ANSWER; raises TargetDown for a connection that is out of step."""
        if not self._parser.is_idle:
            raise TargetDown("protocol", "the server sent what nobody asked for")
        self._parser.renew_allowance()

    async def close(self) -> None:
        """Drops the connection at once; nothing is sent any more."""
        if self._transport is not None:
            self._transport.abort()
            await asyncio.wait({self._closed})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.has_heard = True
        if self._fault is not None:
            return
        try:
            self._parser.feed(data)
        except TargetDown as down:
            self._end(down)
            if self._transport is not None:
                self._transport.abort()
        if self._parser.replies:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(_loss(exc))
        if not self._closed.done():
            self._closed.set_result(None)

    def _end(self, fault: TargetDown) -> None:
        if self._fault is None:
            self._fault = fault
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _loss(error: Exception | None) -> TargetDown:
    if error is None:
        return TargetDown("protocol", "the server closed the connection")
    # A server that wants a certificate of its client's says so only after the handshake.
    if isinstance(error, ssl.SSLError):
        return TargetDown("tls", f"the server ended the connection: {error.reason}")
    cause = error.strerror if isinstance(error, OSError) else type(error).__name__
    return TargetDown("protocol", f"the connection was lost: {cause}")
