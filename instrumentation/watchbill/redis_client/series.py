"""The metrics of Redis commands."""

from threading import Lock
from weakref import WeakKeyDictionary

from prometheus_client import Counter, Histogram
from prometheus_client.registry import CollectorRegistry

from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.pool import DB
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_BLOCKING,
    REDIS_COMMAND_DURATION,
    REDIS_COMMAND_ERRORS,
    REDIS_PIPELINE_COMMANDS,
)
from watchbill.emission import Emission
from watchbill.guard import OTHER, Guard
from watchbill.http.failure import exception_name
from watchbill.redis_client.command import is_known

PIPELINE, TRANSACTION = "PIPELINE", "TRANSACTION"
_MOST_UNKNOWN = 20


class _Guards:
    """Those of a registry: every client's labels have the same places."""

    def __init__(self, emission: Emission) -> None:
        self.dbs = emission.guard(DB, REDIS_COMMAND_DURATION)
        self.commands = emission.guard(COMMAND, REDIS_COMMAND_DURATION)
        self.unknown = Guard(COMMAND, _MOST_UNKNOWN, metric=emission.names.metric(REDIS_COMMAND_DURATION))
        self.exceptions = emission.guard(EXCEPTION, REDIS_COMMAND_ERRORS)
        for several in (PIPELINE, TRANSACTION):
            self.commands.admit(several)


_GUARDS: "WeakKeyDictionary[CollectorRegistry, _Guards]" = WeakKeyDictionary()
_LOCK = Lock()


def _guards_of(emission: Emission) -> _Guards:
    with _LOCK:
        found = _GUARDS.get(emission.registry)
        if found is None:
            found = _GUARDS[emission.registry] = _Guards(emission)
        return found


class RedisSeries:
    """Those of one name. Commands that nobody knows fill no more than a part of the label's places."""

    def __init__(self, emission: Emission, db: str) -> None:
        self._guards = _guards_of(emission)
        self._db = db = self._guards.dbs.admit(db, REDIS_COMMAND_DURATION)
        self._durations = emission.histogram(REDIS_COMMAND_DURATION)
        self._errors = emission.counter(REDIS_COMMAND_ERRORS)
        self._blocking = emission.counter(REDIS_BLOCKING)
        self.pipeline_commands = emission.histogram(REDIS_PIPELINE_COMMANDS).labels(db)

    def admit(self, command: str) -> str:
        """A command's name as a label's value: itself, or `_other`."""
        if not is_known(command) and self._guards.unknown.admit(command or OTHER) == OTHER:
            self._guards.commands.fold(REDIS_COMMAND_DURATION)
            return OTHER
        return self._guards.commands.admit(command, REDIS_COMMAND_DURATION)

    def duration(self, command: str) -> Histogram:
        """Of an admitted command."""
        return self._durations.labels(self._db, command)

    def blocking(self, command: str) -> Counter:
        """Of an admitted command."""
        return self._blocking.labels(self._db, command)

    def error(self, command: str, error: BaseException) -> None:
        """An admitted command ended in an error."""
        exception = self._guards.exceptions.admit(exception_name(error), REDIS_COMMAND_ERRORS)
        self._errors.labels(self._db, command, exception).inc()
