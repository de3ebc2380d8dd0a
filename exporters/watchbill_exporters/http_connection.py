"""A client's HTTP connection, which may not be held open for nothing."""

import asyncio
import ssl
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

MOST_CONNECTIONS = 1000


class HttpConnection(H11Protocol):
    """Breaks off when no whole request comes in time, or its answer is not taken; beyond `most` a new one is dropped.

    A client that has been answered may keep a silent connection for as long as the server's keep-alive lasts.
    The handshake of `tls` is made here, so that a client that does not end it is counted and broken off like others.
    """

    patience = 10.0
    """Seconds a client has for a handshake, for a request, and for its answer; the last two end before twice that."""
    most = MOST_CONNECTIONS

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # Any: as uvicorn declares it
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._tls = tls
        self._handshake: asyncio.Task[None] | None = None
        self._early = b""
        self._watch: asyncio.TimerHandle | None = None
        self._seen: object = None
        self._was_unread = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        if len(self.connections) >= self.most:
            self.transport = transport
            transport.abort()
        elif self._tls is None:
            self._open(transport)
        else:
            self.transport = transport
            self.connections.add(self)
            transport.pause_reading()
            self._handshake = self.loop.create_task(self._secure(transport, self._tls))

    def data_received(self, data: bytes) -> None:
        if self._watch is None:
            # A request may come along with the last bytes of the handshake.
            self._early += data
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._watch is not None:
            self._watch.cancel()

    async def _secure(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        try:
            secured = await self.loop.start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=self.patience
            )
        except OSError:
            secured = None
        if secured is None or secured.is_closing():
            self.connections.discard(self)
            transport.abort()
            return
        self._open(secured)
        if self._early:
            self.data_received(self._early)

    def _open(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._watch = self.loop.call_later(self.patience, self._check)

    def _check(self) -> None:
        # uvicorn has no cycle before the first request, whatever its type says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_answering = cycle is not None and not cycle.response_complete
        is_idle = self.timeout_keep_alive_task is not None
        is_unread = self.transport.get_write_buffer_size() > 0
        is_stuck = (is_unread and self._was_unread) or not (is_answering or is_idle)
        if self._seen is cycle and is_stuck:
            self.transport.abort()
            return
        self._seen, self._was_unread = cycle, is_unread
        self._watch = self.loop.call_later(self.patience, self._check)
