"""What is asked of a Redis server: a command, and the numbered database it is carried out in."""

from typing import NamedTuple

Command = tuple[str, ...]


class Request(NamedTuple):
    """A command; a byte of a key that is no UTF-8 stands as its surrogate escape."""

    command: Command
    database: int = 0

    @property
    def right(self) -> str:
        """The right it needs, as an ACL rule names it."""
        first, *others = self.command
        return f"{first}|{others[0]}".lower() if first in _CONTAINERS and others else first.lower()


_CONTAINERS = frozenset(
    {"ACL", "CLIENT", "CLUSTER", "CONFIG", "LATENCY", "MEMORY", "OBJECT", "SENTINEL", "SLOWLOG", "XINFO"}
)


def encoded(command: Command) -> bytes:
    """A command as it goes over the wire."""
    words = [word.encode(errors="surrogateescape") for word in command]
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])
