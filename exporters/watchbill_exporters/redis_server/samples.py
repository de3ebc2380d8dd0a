"""The biggest and the hottest of a sample of keys, for an operator's terminal: never for metrics."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.redis_server.key_scan import KeyScan
from watchbill_exporters.redis_server.protocol import Wire
from watchbill_exporters.redis_server.replies import Refused
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Command

_LONGEST_NAME = 100
_DATABASE = "db"
_GONE = "none"


class SampledKey(NamedTuple):
    """A key that was looked at; `frequency` is Redis' logarithmic count of accesses, under an LFU policy alone."""

    name: str
    type: str
    bytes: int
    frequency: int | None

    @property
    def prefix(self) -> str:
        """Its name up to the first colon."""
        head, colon, _ = self.name.partition(":")
        return head + colon if colon else "(no prefix)"


@dataclass(slots=True)
class KeySample:
    """Some of the keys of one database, or all of them; those `unread` have gone, or a name that is no text."""

    database: int
    size: int
    policy: str
    keys: list[SampledKey] = field(default_factory=list[SampledKey])
    unread: int = 0
    is_complete: bool = False

    @property
    def share(self) -> float:
        """By which the numbers of the sample are multiplied to be those of the database."""
        looked_at = len(self.keys) + self.unread
        return 1.0 if self.is_complete or not looked_at else max(self.size / looked_at, 1.0)

    def lines(self, most: int) -> Iterator[str]:
        """The tables, each with at most so many rows."""
        looked_at = f"all {len(self.keys)}" if self.is_complete else f"{len(self.keys)} of {self.size}"
        yield f"database {self.database}: {looked_at} keys looked at"
        if self.unread:
            yield f"left out: {self.unread} keys that have gone meanwhile, or whose names are no UTF-8 text"
        yield from _table("biggest keys", ("bytes", "type", "key"), self._biggest(most))
        heads = ("bytes", "keys", "type")
        yield from _table("by type (extrapolated)", heads, self._groups([one.type for one in self.keys], most))
        heads = ("bytes", "keys", "prefix")
        yield from _table("by prefix (extrapolated)", heads, self._groups([one.prefix for one in self.keys], most))
        if "lfu" in self.policy:
            yield from _table("hottest keys", ("frequency", "type", "key"), self._hottest(most))
        else:
            yield f"hottest keys: not counted under maxmemory-policy {self.policy}; an LFU policy counts accesses"

    def _biggest(self, most: int) -> Iterable[Sequence[str]]:
        for one in sorted(self.keys, key=lambda key: key.bytes, reverse=True)[:most]:
            yield (str(one.bytes), one.type, shown(one.name))

    def _hottest(self, most: int) -> Iterable[Sequence[str]]:
        for one in sorted(self.keys, key=lambda key: key.frequency or 0, reverse=True)[:most]:
            yield (str(one.frequency or 0), one.type, shown(one.name))

    def _groups(self, names: Sequence[str], most: int) -> Iterable[Sequence[str]]:
        numbers, sizes = Counter(names), Counter[str]()
        for name, key in zip(names, self.keys, strict=True):
            sizes[name] += key.bytes
        for name, size in sizes.most_common(most):
            yield (str(round(size * self.share)), str(round(numbers[name] * self.share)), shown(name))


class Sampler:
    """Looks at keys over one connection: with pauses, without a write, and without counting as an access."""

    def __init__(self, wire: Wire, deadline: Deadline) -> None:
        self._scan = KeyScan(wire, deadline)
        self._wire = wire
        self._deadline = deadline

    async def samples(self, keys: int) -> list[KeySample]:
        """So many keys of each database that has any; raises Refused for a missing right."""
        memory, keyspace = await self._scan.ask(("INFO", "memory"), ("INFO", "keyspace"))
        policy = _fields(memory).get("maxmemory_policy", "unknown")
        found: list[KeySample] = []
        for name in _fields(keyspace):
            number = name.removeprefix(_DATABASE)
            if number.isdecimal():
                found.append(await self._sample(int(number), policy, keys))
        return found

    async def _sample(self, database: int, policy: str, keys: int) -> KeySample:
        scan = KeyScan(self._wire, self._deadline)
        _, size = await scan.ask(("SELECT", str(database)), ("DBSIZE",))
        sample = KeySample(database, size if isinstance(size, int) else 0, policy)
        async for names in scan.slices(self._deadline.within(self._deadline.remaining * 0.8)):
            wanted = names[: keys - len(sample.keys) - sample.unread]
            found = await self._looked_at(scan, wanted, counted="lfu" in policy)
            there = [one for one in found if one.type != _GONE]
            sample.keys += there
            sample.unread += len(found) - len(there)
            if len(sample.keys) + sample.unread >= keys:
                break
        sample.is_complete = len(sample.keys) + sample.unread >= sample.size
        return sample

    async def _looked_at(self, scan: KeyScan, names: Sequence[str], *, counted: bool) -> list[SampledKey]:
        questions: list[Command] = [("TYPE",), ("MEMORY", "USAGE"), *([("OBJECT", "FREQ")] if counted else [])]
        answers = await scan.ask(*((*question, name) for name in names for question in questions)) if names else []
        width = len(questions)
        rows = [answers[start : start + width] for start in range(0, len(answers), width)]
        return [_key(name, row) for name, row in zip(names, rows, strict=True)]


def report(samples: Iterable[KeySample], most: int = 20) -> str:
    """The samples as text for a terminal."""
    lines = [line for sample in samples for line in (*sample.lines(most), "")]
    return "\n".join(lines) if lines else "the server has no keys\n"


def shown(name: str) -> str:
    """A key's name as a terminal may show it: nothing in it can move the cursor."""
    safe = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in name)
    return safe if len(safe) <= _LONGEST_NAME else safe[:_LONGEST_NAME] + "…"


def _key(name: str, row: Sequence[Reply]) -> SampledKey:
    kind, size, *frequency = row
    return SampledKey(
        name,
        str(kind),
        size if isinstance(size, int) else 0,
        frequency[0] if frequency and isinstance(frequency[0], int) else None,
    )


def _fields(reply: Reply) -> dict[str, str]:
    if not isinstance(reply, str):
        raise Refused("info answered with no text")
    pairs = (line.partition(":") for line in reply.splitlines())
    return {name: value for name, separator, value in pairs if separator}


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"{title}:"
    table = [heads, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads) - 1)]
    for row in table:
        # Numbers to the right, names to the left.
        yield "  " + f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]}"
