"""What a Redis server replied to the commands of one probe."""

from collections.abc import Mapping
from functools import cached_property

from watchbill_exporters.redis_server.protocol import Command, Refusal, Reply

PING: Command = ("PING",)
INFO: Command = ("INFO", "all")
MAX_CLIENTS: Command = ("CONFIG", "GET", "maxclients")
DATABASES: Command = ("CONFIG", "GET", "databases")


class Refused(ValueError):
    """The server refused a command that a collector needs; the message is the server's."""


class Replies:
    """Replies by command; a missing one means that the probe's time was up before it came."""

    def __init__(self, replies: Mapping[Command, Reply]) -> None:
        self._replies = replies

    @cached_property
    def info(self) -> Mapping[str, str]:
        """INFO as fields and values; raises Refused when the server did not give it."""
        reply = self._replies.get(INFO)
        if not isinstance(reply, str):
            raise Refused(reply.text if isinstance(reply, Refusal) else "INFO has no answer in time")
        pairs = (line.partition(":") for line in reply.splitlines() if not line.startswith("#"))
        return {name: value for name, separator, value in pairs if separator}

    def setting(self, command: Command) -> str | None:
        """The value of a CONFIG GET of one setting; None where CONFIG is not allowed."""
        reply = self._replies.get(command)
        if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], str):
            return reply[1]
        return None

    def has(self, command: Command) -> bool:
        """Whether a reply came in time, be it a refusal."""
        return command in self._replies

    def grants(self, command: Command) -> bool:
        """Whether the server carried the command out."""
        return self.has(command) and not isinstance(self._replies[command], Refusal)
