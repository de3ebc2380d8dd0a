"""A relay in front of a PostgreSQL that counts round trips, stops in the middle of an answer, or drops settings."""

import asyncio
from types import TracebackType
from typing import Self

from tests.plugins.postgres_server import PostgresServer

_LENGTH = 4


class Relay:
    """Passes bytes on; use it as an asynchronous context.

    `turns` counts how often the client spoke after the server had. With `stop_after` the server's bytes stop so far
    into the next thing it says. With `without_options` the settings of the sign-in are lost, as some poolers lose them.
    """

    def __init__(self, server: PostgresServer, *, without_options: bool = False) -> None:
        self.turns = 0
        self.stop_after: int | None = None
        self._server = server
        self._without_options = without_options
        self._spoke = "server"
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        host, _, port = self._server.address.rpartition(":")
        server, ask = await asyncio.open_connection(host, int(port))
        for name, source, sink in (("client", client, ask), ("server", server, answer)):
            task = asyncio.create_task(self._pass(name, source, sink))
            self._tasks.add(task)

    async def _pass(self, name: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                self.turns += name == "client" and self._spoke == "server"
                self._spoke = name
                sink.write(self._changed(name, data))
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    def _changed(self, name: str, data: bytes) -> bytes:
        if name == "client" and self._without_options and b"\0options\0" in data:
            begin = data.index(b"options\0")
            end = data.index(b"\0", begin + len(b"options\0")) + 1
            data = data[:begin] + data[end:]
            return len(data).to_bytes(_LENGTH, "big") + data[_LENGTH:]
        if name == "server" and self.stop_after is not None:
            data, self.stop_after = data[: self.stop_after], max(0, self.stop_after - len(data))
        return data
