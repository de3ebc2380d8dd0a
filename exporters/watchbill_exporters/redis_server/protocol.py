"""Redis' wire protocol (RESP2), with a limit on what a server may send."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass

from watchbill_exporters.reason import TargetDown

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of all replies of one probe; a healthy server sends some ten thousand."""
_MOST_ITEMS = 100_000
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error the server replied, such as `NOPERM this user has no permissions …`."""

    text: str

    @property
    def code(self) -> str:
        """The first word, by which Redis classifies its errors."""
        return self.text.partition(" ")[0]


Reply = str | int | None | list["Reply"] | Refusal
Command = tuple[str, ...]


class Wire:
    """A connection that sends commands and reads their replies in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._allowance = LARGEST_ANSWER

    @classmethod
    async def open(cls, address: str, port: int, *, host: str, tls: ssl.SSLContext | None) -> "Wire":
        """Connects; `host` is the name its certificate must carry. Raises OSError."""
        server_hostname = host if tls is not None else None
        return cls(*await asyncio.open_connection(address, port, ssl=tls, server_hostname=server_hostname))

    def send(self, *commands: Command) -> None:
        """Sends commands in one write, without waiting for their replies."""
        self._writer.write(b"".join(map(_encoded, commands)))

    async def reply(self) -> Reply:
        """The next reply, in the order of the commands; raises TargetDown (protocol)."""
        try:
            return await self._reply(_DEEPEST, [_MOST_ITEMS])
        except asyncio.IncompleteReadError as error:
            raise TargetDown("protocol", "the server closed the connection") from error
        except asyncio.LimitOverrunError as error:
            raise TargetDown("protocol", "the server sent a line without an end") from error
        except ConnectionError as error:
            raise TargetDown("protocol", f"the connection was lost: {error.strerror}") from error
        except OSError as error:
            raise TargetDown("protocol", f"the connection failed: {error.strerror}") from error
        except ValueError as error:
            raise TargetDown("protocol", "the server does not speak Redis' protocol") from error

    def renew_allowance(self) -> None:
        """Lets a new probe receive the full LARGEST_ANSWER."""
        self._allowance = LARGEST_ANSWER

    async def close(self) -> None:
        """Drops the connection at once; nothing is sent any more."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _reply(self, depth: int, items: list[int]) -> Reply:
        line = self._taken(await self._reader.readuntil(b"\r\n"))[:-2]
        kind, rest = line[:1], line[1:]
        match kind:
            case b"+":
                return _text(rest)
            case b"-":
                return Refusal(_text(rest))
            case b":":
                return int(rest)
            case b"$":
                return await self._bulk(int(rest))
            case b"*":
                return await self._array(int(rest), depth, items)
            case _:
                raise ValueError(kind)

    async def _bulk(self, length: int) -> str | None:
        if length == -1:
            return None
        if not 0 <= length <= self._allowance:
            raise TargetDown("protocol", f"the server announced {length} bytes, more than a probe accepts")
        content = self._taken(await self._reader.readexactly(length + 2))
        return _text(content[:-2])

    async def _array(self, length: int, depth: int, items: list[int]) -> list[Reply] | None:
        if length == -1:
            return None
        items[0] -= length
        if length < 0 or depth == 0 or items[0] < 0:
            raise TargetDown("protocol", "the server announced more items than a probe accepts")
        return [await self._reply(depth - 1, items) for _ in range(length)]

    def _taken(self, content: bytes) -> bytes:
        self._allowance -= len(content)
        if self._allowance < 0:
            raise TargetDown("protocol", f"the server sent more than {LARGEST_ANSWER} bytes")
        return content


def _encoded(command: Command) -> bytes:
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def _text(content: bytes) -> str:
    return content.decode(errors="replace")
