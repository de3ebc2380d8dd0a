"""The slow log: how many entries it took, of which commands; what they were called with is read and thrown away."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

from watchbill.catalogue.redis_server.commands import REDIS_COMMAND
from watchbill.catalogue.redis_server.slowlog import (
    REDIS_SLOWLOG_ENTRIES,
    REDIS_SLOWLOG_LAST_ID,
    REDIS_SLOWLOG_LAST_SECONDS,
    REDIS_SLOWLOG_LENGTH,
    REDIS_SLOWLOG_RECORDED,
    REDIS_SLOWLOG_SECONDS,
    REDIS_SLOWLOG_SLOWEST,
)
from watchbill_exporters.collector import Measured, series, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Request

_LENGTH = Request(("SLOWLOG", "LEN"))
_PAGE = 16
_FEW = Request(("SLOWLOG", "GET", str(_PAGE)))
_MANY = Request(("SLOWLOG", "GET", "512"))
_RECENT_SECONDS = 300.0
_MOST_RECENT = 1_024
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    seconds: float
    command: str


class Slowlog:
    """Counts entries from probe to probe by their numbers, which start again with the server alone."""

    def __init__(self) -> None:
        self._run: str | None = None
        self._looked_at: float | None = None
        # The newest that is counted; None for a log that was empty, whose numbers need not begin with 0.
        self._newest: int | None = None
        self._recorded = 0
        self._entries: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._recent: deque[tuple[float, float]] = deque(maxlen=_MOST_RECENT)
        self.collector = RedisCollector("slowlog", (INFO,), self._measure, self._ask)

    def _ask(self, replies: Replies) -> Iterable[Request]:
        if replies.mode == "sentinel":
            return ()
        self._notice_another_server(replies)
        usual = (_LENGTH, _FEW)
        return (*usual, _MANY) if replies.grants(_FEW) and self._misses(_entries(replies.array(_FEW))) else usual

    def _misses(self, entries: Sequence[_Entry]) -> bool:
        """Whether there are new entries beyond the few that were asked for."""
        if self._looked_at is None or len(entries) < _PAGE:
            return False
        return self._newest is None or entries[-1].number > self._newest + 1

    def _measure(self, replies: Replies) -> Iterable[Measured]:
        if replies.mode == "sentinel":
            return
        length = replies.number(_LENGTH)
        entries = _entries(replies.array(_MANY if replies.has(_MANY) else _FEW))
        self._notice_another_server(replies)
        self._count(entries)
        yield single(REDIS_SLOWLOG_LENGTH, length)
        yield single(REDIS_SLOWLOG_RECORDED, float(self._recorded))
        if entries:
            yield single(REDIS_SLOWLOG_LAST_ID, float(entries[0].number))
            yield single(REDIS_SLOWLOG_LAST_SECONDS, entries[0].seconds)
        yield series(REDIS_SLOWLOG_ENTRIES, [((command,), float(count)) for command, count in self._entries.items()])
        yield series(REDIS_SLOWLOG_SECONDS, [((command,), total) for command, total in self._seconds.items()])
        if self._recent:
            yield single(REDIS_SLOWLOG_SLOWEST, max(seconds for _, seconds in self._recent))

    def _notice_another_server(self, replies: Replies) -> None:
        """All that a restarted server has logged is new; what another in its place had logged before is not."""
        info: Mapping[str, str] = replies.info if replies.grants(INFO) else {}
        if info.get("run_id") == self._run:
            return
        self._run = info.get("run_id")
        if self._looked_at is not None and float(info.get("uptime_in_seconds", inf)) <= monotonic() - self._looked_at:
            self._newest = -1
        else:
            self._looked_at = None

    def _count(self, entries: Sequence[_Entry]) -> None:
        """Adds what is new; what the log held when the exporter first looked is not counted, but named with a 0."""
        newest = max((entry.number for entry in entries), default=None)
        if self._looked_at is None:
            for entry in entries:
                self._add(entry, 0)
            self._newest = newest
        elif newest is not None:
            known = entries[-1].number - 1 if self._newest is None else self._newest
            for entry in entries:
                if entry.number > known:
                    self._add(entry, 1)
            self._recorded += max(0, newest - known)
            self._newest = max(newest, known)
        self._looked_at = monotonic()
        self._forget()

    def _add(self, entry: _Entry, count: int) -> None:
        known = entry.command in self._entries or len(self._entries) < REDIS_COMMAND.limit - 1
        command = entry.command if known else _OTHER
        self._entries[command] += count
        self._seconds[command] += entry.seconds * count
        if count:
            self._recent.append((monotonic(), entry.seconds))

    def _forget(self) -> None:
        while self._recent and monotonic() - self._recent[0][0] > _RECENT_SECONDS:
            self._recent.popleft()


def _entries(replies: Sequence[Reply]) -> list[_Entry]:
    """Newest first."""
    return [_entry(reply) for reply in replies]


def _entry(reply: Reply) -> _Entry:
    match reply:
        case [int(number), int(), int(microseconds), [str(command), *_], *_]:
            return _Entry(number, microseconds / 1_000_000, command.lower())
        case _:
            raise TypeError("SLOWLOG GET has another form than is known")
