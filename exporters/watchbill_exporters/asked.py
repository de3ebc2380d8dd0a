"""What a request to /probe asks for. Nothing of it is ever repeated: it may hold a password."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

_LONGEST_QUERY = 1024
_NO_NAME = frozenset("@/\\")
WRONG_PARAMETERS = "give one `target`, and at most one `module`, and no other parameter\n"
WRONG_TARGET = "target is a name from the configuration, or with a module host:port: no URL, no user, no password\n"


class MalformedRequest(ValueError):
    """A request that is refused for its form; the message is fixed text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target's name; or an address, and the module that must admit it."""

    target: str
    module: str | None = None

    @classmethod
    def parse(cls, query: bytes) -> "Asked":
        """From the part of a URL behind the question mark; raises MalformedRequest."""
        if len(query) > _LONGEST_QUERY:
            raise MalformedRequest(WRONG_PARAMETERS)
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        if len(given) != len(pairs) or not {"target"} <= given.keys() <= {"target", "module"}:
            raise MalformedRequest(WRONG_PARAMETERS)
        asked = cls(given["target"], given.get("module"))
        if not asked.target or asked.module == "" or _NO_NAME & set(asked.target):
            raise MalformedRequest(WRONG_TARGET)
        return asked
