"""What XINFO says of declared streams."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, cast

from watchbill_exporters.redis_server.declared import DeclaredKey
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Request

Fields = Mapping[str, Reply]

_REPLACED = "\ufffd"
_NO_SUCH_KEY = "ERR no such key"


class Group(NamedTuple):
    """A group of consumers; `fields` are those of XINFO GROUPS."""

    stream: DeclaredKey
    name: str
    fields: Fields

    @property
    def key(self) -> tuple[str, str, str]:
        """Its values of the labels db, stream and group."""
        return (*labels(self.stream), self.name)

    @property
    def can_be_asked(self) -> bool:
        """Whether its name came whole: bytes that are no text cannot be sent back."""
        return _REPLACED not in self.name

    def number(self, field: str) -> float | None:
        """A field as a number; None where the server has none, or does not know it."""
        return number(self.fields.get(field))

    def asks(self, *command: str) -> Request:
        """A command on the stream."""
        return Request(command, self.stream.database)


def labels(stream: DeclaredKey) -> tuple[str, str]:
    """A stream's values of the labels db and stream."""
    return (f"db{stream.database}", stream.name)


def describing(stream: DeclaredKey) -> Request:
    """Asks for the stream itself; the answer holds its first and its last entry."""
    return Request(("XINFO", "STREAM", stream.name), stream.database)


def listing_groups(stream: DeclaredKey) -> Request:
    """Asks for the stream's groups."""
    return Request(("XINFO", "GROUPS", stream.name), stream.database)


def described(
    replies: Replies, streams: Iterable[DeclaredKey], missing: Missing
) -> Iterator[tuple[DeclaredKey, Fields]]:
    """The fields of each stream; none of one that does not exist."""
    for stream, reply in _read(replies, [(stream, describing(stream)) for stream in streams], missing):
        yield stream, fields_of(reply)


def groups(replies: Replies, streams: Iterable[DeclaredKey], missing: Missing) -> Iterator[Group]:
    """The groups of all streams."""
    asked = [(stream, listing_groups(stream)) for stream in streams]
    for stream, reply in _read(replies, asked, missing):
        # Several collectors need the same groups of the same answer.
        yield from replies.once(("groups", stream), partial(_groups_of, stream, reply))


def _groups_of(stream: DeclaredKey, reply: Sequence[Reply]) -> list[Group]:
    rows = map(fields_of, reply)
    return [Group(stream, str(fields.get("name", "")), fields) for fields in rows]


def fields_of(reply: Reply) -> Fields:
    """An array of names and values as a mapping."""
    items = reply if isinstance(reply, list) else []
    return dict(zip(cast("list[str]", items[::2]), items[1::2], strict=False))


def cause_of(refused: Refused) -> str:
    """Why a stream could not be read, for who is to correct it."""
    cause = str(refused)
    return "it is no stream; correct its type in the configuration" if cause.startswith("WRONGTYPE") else cause


def number(reply: Reply) -> float | None:
    """A reply as a number, None for another."""
    return float(reply) if isinstance(reply, int) else None


def id_time(reply: Reply) -> float | None:
    """The time part of an entry's id, in milliseconds."""
    return float(reply.partition("-")[0]) if isinstance(reply, str) and reply else None


def _read(
    replies: Replies, asked: Sequence[tuple[DeclaredKey, Request]], missing: Missing
) -> Iterator[tuple[DeclaredKey, list[Reply]]]:
    for stream, request in asked:
        try:
            yield stream, replies.array(request)
        except Refused as refused:
            if str(refused).startswith(_NO_SUCH_KEY):
                yield stream, []
            else:
                missing.add(stream.database, stream.name, cause_of(refused))
