"""A program that speaks PostgreSQL's protocol well enough to be believed, and then does harm."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_ENCRYPTION = {80877103, 80877104}
_READY = b"I"
_FACTS: dict[str, tuple[int, bytes]] = {
    "version": (23, (150_000).to_bytes(4, "big")),
    "standby": (16, b"\0"),
    "search_path": (25, b"pg_catalog"),
    "database": (25, b"postgres"),
    "encoding": (25, b"UTF8"),
    "wal_folder": (16, b"\1"),
    "roles": (25, b""),
    "extensions": (25, b""),
}


class Impostor:
    """Answers each query but the first with `rows` of one column of type `kind`; use it as an asynchronous context.

    With `talkative` it never stops talking before it lets the client in.
    """

    def __init__(self, *, kind: int = 25, rows: bytes = b"", talkative: bool = False) -> None:
        self._kind = kind
        self._rows = rows
        self._talkative = talkative
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._greet(reader, writer)
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while int.from_bytes((await _body(reader))[:4], "big") in _ENCRYPTION:
            writer.write(b"N")
        writer.write(_message(b"R", bytes(4)))
        if self._talkative:
            writer.write(b"N" + (1 << 30).to_bytes(4, "big"))
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
        writer.write(_message(b"S", b"client_encoding\0UTF8\0") + _message(b"Z", _READY))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queries: dict[bytes, bytes] = {}
        query = b""
        while (kind := await reader.readexactly(1)) != b"X":
            body = await _body(reader)
            if kind == b"P":
                name, text, _ = body.split(b"\0", 2)
                queries[name] = text.strip()
            elif kind == b"B":
                query = queries[body.split(b"\0", 2)[1]]
            writer.write(self._reply(kind, query))
            await writer.drain()

    def _reply(self, kind: bytes, query: bytes) -> bytes:
        facts = b"server_version_num" in query
        if kind == b"D":
            return _columns(_FACTS) if facts else _columns({"lag": (self._kind, b"")}) if query else _message(b"n")
        if kind == b"E":
            rows = row([value for _, value in _FACTS.values()]) if facts else self._rows
            return rows + _message(b"C", b"SELECT 1\0") if query else _message(b"I")
        return _message({b"P": b"1", b"B": b"2"}.get(kind, b"Z"), _READY if kind == b"S" else b"")


def row(fields: Sequence[bytes]) -> bytes:
    """A row as it goes over the wire."""
    parts = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return _message(b"D", len(fields).to_bytes(2, "big") + parts)


def _columns(kinds: dict[str, tuple[int, bytes]]) -> bytes:
    described = b"".join(
        name.encode() + bytes(7) + kind.to_bytes(4, "big") + b"\xff" * 6 + b"\0\1" for name, (kind, _) in kinds.items()
    )
    return _message(b"T", len(kinds).to_bytes(2, "big") + described)


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


async def _body(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4), "big")
    return await reader.readexactly(length - 4)
