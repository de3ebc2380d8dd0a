"""What a Redis server replied to the requests of one probe."""

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar, cast

from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.request import Command, Request

PING: Command = ("PING",)
INFO = Request(("INFO", "all"))
DATABASES = Request(("CONFIG", "GET", "databases"))

LONGEST_INFO = 512 * 1024
"""Characters of INFO; a server with all commands used and a hundred replicas sends a tenth."""

_CALLS = "cmdstat_"
_LATE = (7, 4)
_Found = TypeVar("_Found")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Refused(ValueError):
    """The server refused a command that a collector needs; the message is the server's."""


class Replies:
    """Replies by request; a missing one means that the probe's time was up before it came."""

    def __init__(self, replies: Mapping[Request, Reply]) -> None:
        self._replies = replies
        self._found: dict[Hashable, object] = {}
        self.silence = "has no answer in time"

    def get(self, request: Request) -> Reply:
        """A reply; raises Refused for an error, or where none came in time."""
        if request not in self._replies:
            raise Refused(f"{request.right} {self.silence}")
        reply = self._replies[request]
        if isinstance(reply, Refusal):
            raise Refused(reply.text[:200])
        return reply

    def raw(self, request: Request) -> Reply:
        """A reply as it came, be it a refusal; None where none came."""
        return self._replies.get(request)

    def array(self, request: Request) -> list[Reply]:
        """A reply that is an array, empty for a null one; raises Refused."""
        reply = self.get(request)
        if reply is None:
            return []
        if not isinstance(reply, list):
            raise Refused(f"{request.right} answered with no list")
        return reply

    def text(self, request: Request) -> str:
        """A reply that is text; raises Refused."""
        reply = self.get(request)
        if not isinstance(reply, str):
            raise Refused(f"{request.right} answered with no text")
        return reply

    def number(self, request: Request) -> float:
        """A reply that is a number; raises Refused."""
        reply = self.get(request)
        if not isinstance(reply, int):
            raise Refused(f"{request.right} answered with no number")
        return float(reply)

    @cached_property
    def sections(self) -> Mapping[str, Mapping[str, str]]:
        """INFO as fields and values by section, in small letters; raises Refused when the server did not give it."""
        found: dict[str, dict[str, str]] = {}
        fields: dict[str, str] = {}
        text = self.text(INFO)
        if len(text) > LONGEST_INFO:
            raise Refused(f"info answered with {len(text)} characters, more than a probe accepts")
        for line in text.split("\r\n"):
            name, separator, value = line.partition(":")
            if separator:
                fields[name] = value
            elif line.startswith("#"):
                fields = found.setdefault(line[1:].strip().lower(), {})
        return found

    def section(self, name: str) -> Mapping[str, str]:
        """The fields of one section of INFO; none where this server has no such section."""
        return self.sections.get(name, _NOTHING)

    @cached_property
    def info(self) -> Mapping[str, str]:
        """INFO as fields and values; raises Refused when the server did not give it."""
        return {name: value for fields in self.sections.values() for name, value in fields.items()}

    @cached_property
    def _told(self) -> Mapping[str, str]:
        """INFO; nothing where the server did not give it."""
        try:
            return self.info
        except Refused:
            return _NOTHING

    @cached_property
    def calls(self) -> Mapping[str, Mapping[str, str]]:
        """Statistics of each command that was called; raises Refused without INFO."""
        lines = self.section("commandstats").items()
        return {name.removeprefix(_CALLS): pairs(value) for name, value in lines if name.startswith(_CALLS)}

    @cached_property
    def mode(self) -> str:
        """`standalone`, `cluster` or `sentinel`; the first where INFO is refused."""
        return self._told.get("redis_mode") or self._told.get("server_mode") or "standalone"

    @cached_property
    def version(self) -> tuple[int, int]:
        """The version of Redis whose commands the server has; a late one where INFO is refused."""
        if not self._told:
            return _LATE
        major, _, rest = self._told.get("redis_version", "0.0").partition(".")
        minor = rest.partition(".")[0]
        return (int(major) if major.isdecimal() else 0, int(minor) if minor.isdecimal() else 0)

    def once(self, subject: Hashable, find: Callable[[], _Found]) -> _Found:
        """What several collectors need, found once; a subject always has the same `find`."""
        if subject not in self._found:
            self._found[subject] = find()
        return cast("_Found", self._found[subject])

    def setting(self, request: Request) -> str | None:
        """The value of a CONFIG GET of one setting; None where CONFIG is not allowed or knows no such setting."""
        reply = self._replies.get(request)
        if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], str):
            return reply[1]
        return None

    def has(self, request: Request) -> bool:
        """Whether a reply came in time, be it a refusal."""
        return request in self._replies

    def grants(self, request: Request) -> bool:
        """Whether the server carried the command out."""
        return self.has(request) and not isinstance(self._replies[request], Refusal)
