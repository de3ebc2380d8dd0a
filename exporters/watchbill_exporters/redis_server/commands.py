"""Calls by command, and errors by their first word."""

from collections.abc import Iterable, Sequence

from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.commands import (
    REDIS_COMMAND_CALLS,
    REDIS_COMMAND_FAILED,
    REDIS_COMMAND_REJECTED,
    REDIS_COMMAND_SECONDS,
    REDIS_ERRORS,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.replies import INFO, Replies

_ERRORS = "errorstat_"
_COLUMNS: Sequence[tuple[str, Metric]] = (
    ("calls", REDIS_COMMAND_CALLS),
    ("rejected_calls", REDIS_COMMAND_REJECTED),
    ("failed_calls", REDIS_COMMAND_FAILED),
)


def _commands(replies: Replies) -> Iterable[Measured]:
    keys, statistics = [(command,) for command in replies.calls], list(replies.calls.values())
    for part, metric in _COLUMNS:
        # Redis before 6.2 tells neither rejected nor failed calls.
        yield column(metric, keys, [float(one[part]) if part in one else None for one in statistics])
    yield Measured(REDIS_COMMAND_SECONDS, keys, [int(one["usec"]) / 1_000_000 for one in statistics])


def _errors(replies: Replies) -> Iterable[Measured]:
    errors = replies.section("errorstats").items()
    counts = [
        ((name.removeprefix(_ERRORS),), float(pairs(value)["count"]))
        for name, value in errors
        if name.startswith(_ERRORS)
    ]
    yield series(REDIS_ERRORS, counts)


COMMANDS = RedisCollector("commands", (INFO,), _commands)
ERRORS = RedisCollector("errors", (INFO,), _errors)
