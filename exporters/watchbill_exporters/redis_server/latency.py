"""How long commands take: the server's own percentiles, its histograms and its slowest events."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import cast

from watchbill.catalogue.redis_server.commands import REDIS_COMMAND
from watchbill.catalogue.redis_server.latency import (
    LATENCY_BOUNDS,
    REDIS_LATENCIES,
    REDIS_LATENCY_COUNT,
    REDIS_LATENCY_PERCENTILES,
    REDIS_LATENCY_SUM,
    REDIS_SPIKE_LAST,
    REDIS_SPIKE_MAX,
    REDIS_SPIKE_SECONDS,
)
from watchbill_exporters.collector import Distribution, Key, Measured, column, distributions
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Request

_LATEST = Request(("LATENCY", "LATEST"))
_HISTOGRAM = Request(("LATENCY", "HISTOGRAM"))
_PERCENTILES = "latency_percentiles_usec_"
_FIRST_WITH_HISTOGRAMS = (7, 0)
_NONE = (inf, 0)


def _percentiles(replies: Replies) -> Iterable[Measured]:
    keys: list[Key] = []
    values: list[float] = []
    commands: list[Key] = []
    for name, text in replies.section("latencystats").items():
        command = name.removeprefix(_PERCENTILES)
        commands.append((command,))
        for percentile, value in pairs(text).items():
            keys.append((command, percentile.removeprefix("p")))
            values.append(float(value))
    yield Measured(REDIS_LATENCY_PERCENTILES, keys, values)
    yield column(REDIS_LATENCY_SUM, commands, [_of_calls(replies, command, "usec") for (command,) in commands])
    yield column(REDIS_LATENCY_COUNT, commands, [_of_calls(replies, command, "calls") for (command,) in commands])


def _of_calls(replies: Replies, command: str, part: str) -> float | None:
    """A command's calls, or the microseconds they took."""
    found = replies.calls.get(command)
    return float(found[part]) if found is not None else None


def _histograms(replies: Replies) -> Iterable[Measured]:
    # With latency-tracking off histograms stand still, and the sums beside them would not.
    if not _has_histograms(replies) or not replies.section("latencystats"):
        return
    reply = replies.array(_HISTOGRAM)
    states: list[Distribution] = []
    for command, state in zip(reply[::2], reply[1::2], strict=True):
        if not isinstance(command, str) or not isinstance(state, list):
            raise TypeError("LATENCY HISTOGRAM has another form than is known")
        total = _of_calls(replies, command, "usec")
        # The first call of all is counted after INFO has answered.
        if total is not None:
            calls, counts = _state(state)
            states.append(Distribution((command,), _buckets(counts), total, calls))
    yield from distributions(REDIS_LATENCIES, states[: REDIS_COMMAND.limit])


def _has_histograms(replies: Replies) -> bool:
    return replies.mode != "sentinel" and replies.version >= _FIRST_WITH_HISTOGRAMS


def _state(state: Sequence[Reply]) -> tuple[float, Sequence[int]]:
    """Calls, and bounds with cumulated counts in turn."""
    match state:
        case ["calls", int(calls), "histogram_usec", list(counts)] if set(map(type, counts)) <= {int}:
            return float(calls), cast("list[int]", counts)
        case _:
            raise TypeError("LATENCY HISTOGRAM has another form than is known")


def _buckets(counts: Sequence[int]) -> Mapping[float, float]:
    """The same bounds for every command, so that they can be summed; Redis names only those where a count changes."""
    known = iter(zip(counts[::2], counts[1::2], strict=True))
    bound, count = next(known, _NONE)
    reached = 0.0
    found: dict[float, float] = {}
    for limit in LATENCY_BOUNDS:
        while bound <= limit:
            reached = float(count)
            bound, count = next(known, _NONE)
        found[limit] = reached
    return found


def _spikes(replies: Replies) -> Iterable[Measured]:
    if replies.mode == "sentinel":
        return
    found = [event[:4] for event in replies.array(_LATEST) if isinstance(event, list)]
    keys = [(str(name),) for name, _, _, _ in found]
    for metric, place, divisor in (
        (REDIS_SPIKE_LAST, 1, 1),
        (REDIS_SPIKE_SECONDS, 2, 1000),
        (REDIS_SPIKE_MAX, 3, 1000),
    ):
        yield Measured(metric, keys, [_number(event[place]) / divisor for event in found])


def _number(reply: Reply) -> float:
    if not isinstance(reply, int):
        raise TypeError("LATENCY LATEST has another form than is known")
    return float(reply)


def _ask_latest(replies: Replies) -> Iterable[Request]:
    return () if replies.mode == "sentinel" else (_LATEST,)


def _ask_histogram(replies: Replies) -> Iterable[Request]:
    return (_HISTOGRAM,) if _has_histograms(replies) else ()


PERCENTILES = RedisCollector("latency_percentiles", (INFO,), _percentiles)
SPIKES = RedisCollector("latency_events", (INFO,), _spikes, _ask_latest)
HISTOGRAMS = RedisCollector("latency_histograms", (INFO,), _histograms, _ask_histogram)
