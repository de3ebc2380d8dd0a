"""What a Redis server replies, read from bytes as they come (RESP2)."""

from collections import deque
from dataclasses import dataclass

from watchbill_exporters.reason import TargetDown

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of all replies of one probe; a healthy server sends some ten thousand."""
MOST_ITEMS = 200_000
"""Elements of all arrays of one probe, and replies that nobody has taken yet."""
_DEEPEST = 16
_LONGEST_LINE = 65_536
_LARGE = 1024 * 1024
_ENDLESS = 1 << 62
_ARRAY, _STATUS, _ERROR, _NUMBER, _BULK = b"*+-:$"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error the server replied, such as `NOPERM this user has no permissions …`."""

    text: str

    @property
    def code(self) -> str:
        """The first word, by which Redis classifies its errors."""
        return self.text.partition(" ")[0]


class TooMuch(TargetDown):
    """The server sent, or announced, more than a probe accepts; what came before is sound."""


Reply = str | int | None | list["Reply"] | Refusal


class ReplyParser:
    """Replies from chunks of bytes; nothing is set aside for what a server only announces."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self._rest: list[bytes] = []
        self._lacking = 0
        # The innermost array that is not complete, what it lacks, and those around it; the outermost is `replies`.
        self._items: deque[Reply] | list[Reply] = self.replies
        self._left = _ENDLESS
        self._around: list[tuple[deque[Reply] | list[Reply], int]] = []
        self.renew_allowance()

    def renew_allowance(self) -> None:
        """Lets a new probe receive the full LARGEST_ANSWER."""
        self._bytes, self._elements = LARGEST_ANSWER, MOST_ITEMS

    @property
    def is_idle(self) -> bool:
        """Whether nothing has arrived that nobody has taken."""
        return not (self.replies or self._rest or self._around)

    def feed(self, chunk: bytes) -> None:
        """Adds to `replies` what is now complete; raises TargetDown (protocol)."""
        self._bytes -= len(chunk)
        if self._bytes < 0:
            raise TooMuch("protocol", f"the server sent more than {LARGEST_ANSWER} bytes")
        self._rest.append(chunk)
        self._lacking -= len(chunk)
        if self._lacking > 0:
            return
        buffer = b"".join(self._rest) if len(self._rest) > 1 else chunk
        self._rest = []
        try:
            end = self._parse(buffer)
        except ValueError as error:
            raise TargetDown("protocol", "the server does not speak Redis' protocol") from error
        self._rest = [buffer[end:]] if end < len(buffer) else []
        if len(self.replies) > MOST_ITEMS:
            raise TooMuch("protocol", "the server sent more replies than a probe accepts")

    def _parse(self, buffer: bytes) -> int:
        """Reads a buffer from its start; returns where the first incomplete reply begins."""
        position, size = 0, len(buffer)
        items, left = self._items, self._left
        value: Reply
        while (end := buffer.find(b"\r\n", position)) >= 0:
            kind, following = buffer[position], end + 2
            if kind == _NUMBER:
                value = int(buffer[position + 1 : end])
            elif kind == _BULK:
                length = int(buffer[position + 1 : end])
                if length < 0:
                    value = None
                else:
                    start, following = following, following + length + 2
                    if following > size:
                        self._lacking = self._awaited(following - size)
                        break
                    # A copy of a large one would add to the four bytes that each of its characters may take.
                    source = buffer if length < _LARGE else memoryview(buffer)
                    value = str(source[start : start + length], "utf-8", "replace")
            elif kind == _ARRAY:
                length = int(buffer[position + 1 : end])
                if length > 0:
                    self._around.append((items, left))
                    items, left, position = self._opened(length), length, following
                    continue
                value = [] if length == 0 else None
            else:
                value = _line(kind, buffer[position + 1 : end])
            position = following
            items.append(value)
            left -= 1
            while not left:
                value = items if isinstance(items, list) else None
                items, left = self._around.pop()
                items.append(value)
                left -= 1
        if end < 0 and size - position > _LONGEST_LINE:
            raise TargetDown("protocol", "the server sent a line without an end")
        self._items, self._left = items, left
        return position

    def _awaited(self, length: int) -> int:
        if length > self._bytes:
            raise TooMuch("protocol", f"the server announced {length} bytes, more than a probe accepts")
        return length

    def _opened(self, length: int) -> list[Reply]:
        self._elements -= length
        if self._elements < 0 or len(self._around) > _DEEPEST:
            raise TooMuch("protocol", "the server announced more items than a probe accepts")
        return []


def _line(kind: int, content: bytes) -> Reply:
    text = str(content, "utf-8", "replace")
    if kind == _STATUS:
        return text
    if kind == _ERROR:
        return Refusal(text)
    raise ValueError(kind)
