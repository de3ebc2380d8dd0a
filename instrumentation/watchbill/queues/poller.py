"""Reads what waits in queues every few seconds, in one process of a service, and never in a scrape."""

import logging
import weakref
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import time
from weakref import WeakKeyDictionary

from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.forked import in_child
from watchbill.ground import Ground
from watchbill.logs.secrets import redact
from watchbill.queues.backlog import Backlog
from watchbill.queues.series import QueueSeries
from watchbill.queues.source import Source
from watchbill.store.election import Election

PERIOD_SECONDS = 5.0
MISSES = 3
"""After so many readings missed nothing is shown any more."""

_LOG = logging.getLogger("watchbill")


class Poller:
    """The sources of one emission. One thread keeps time, and each reading has one of its own: one that hangs holds up
    nobody.
    """

    def __init__(self, emission: Emission, series: QueueSeries, faults: Faults) -> None:
        self.backlog = Backlog(emission, series)
        self._election = Election(emission.store)
        self._faults = faults
        self._lock = Lock()
        self._watches: dict[str, _Watch] = {}
        self._ticks: dict[object, Callable[[], None]] = {}
        self._end = Event()
        self._thread: Thread | None = None
        in_child(self._forked)

    @classmethod
    def of(cls, ground: Ground) -> "Poller | None":
        """The one of an Observability; None where no metrics are kept."""
        emission, series = ground.emission, QueueSeries.of(ground.emission)
        if emission is None or series is None:
            return None
        found = _KNOWN.get(emission)
        if found is None:
            found = _KNOWN.setdefault(emission, cls(emission, series, ground.faults))
        return found

    def add(self, source: Source) -> None:
        """Reads a source from now on; one of the same name takes its place."""
        self.remove(source.name)
        for queue in source.queues:
            self.backlog.known(queue)
        watch = _Watch(source, self.backlog, self._election, self._faults)
        with self._lock:
            self._watches[source.name] = watch
            self._start()
        self._try(watch.look)

    def remove(self, name: str) -> None:
        """Reads it no more, and shows nothing of it."""
        with self._lock:
            watch = self._watches.pop(name, None)
            self._stop_if_idle()
        if watch is not None:
            watch.end()

    def add_tick(self, key: object, tick: Callable[[], None]) -> None:
        """Calls `tick`, which must be quick, in every process, until the key is removed."""
        with self._lock:
            self._ticks[key] = tick
            self._start()

    def remove_tick(self, key: object) -> None:
        """Ends it."""
        with self._lock:
            self._ticks.pop(key, None)
            self._stop_if_idle()

    def leads(self, name: str) -> bool:
        """Whether this process is the one that reads a source."""
        watch = self._watches.get(name)
        return watch is not None and watch.leads

    def round(self) -> None:
        """Looks after each source."""
        for tick in list(self._ticks.values()):
            self._try(tick)
        for watch in list(self._watches.values()):
            self._try(watch.look)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  the next round may have better luck
            self._faults.report("queues", error)

    def _stop_if_idle(self) -> None:
        if not self._watches and not self._ticks:
            self._end.set()
            self._thread = None

    def _start(self) -> None:
        if self._thread is not None:
            return
        self._end = Event()
        # The thread must not keep alive what nobody else has any more.
        self._thread = Thread(target=_run, args=(weakref.ref(self), self._end), name="watchbill-queues", daemon=True)
        self._thread.start()

    def _forked(self) -> None:
        """In a child process, which may outlive its parent: it stands for election a little later."""
        self._lock = Lock()
        self._election.forked()
        self._thread = None
        try:
            self.backlog.forked()
            for watch in self._watches.values():
                watch.forked()
            if self._watches or self._ticks:
                self._start()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)


class _Watch:
    """One source, read by this process or by another."""

    def __init__(self, source: Source, backlog: Backlog, election: Election, faults: Faults) -> None:
        self.leads = False
        self._source = source
        self._backlog = backlog
        self._election = election
        self._faults = faults
        self._lock = Lock()
        self._reading: Thread | None = None
        self._missed = 0
        self._busy = False
        self._over = False

    def look(self) -> None:
        """Begins a reading where this process is the one to read."""
        hangs = self._reading is not None and self._reading.is_alive()
        if hangs and self._missed >= MISSES:
            # Another process may have better luck.
            self._resign()
            return
        if not self._election.won(self._source.name):
            if self.leads:
                self._resign()
            return
        self.leads = True
        if hangs:
            self._miss(TimeoutError(f"no answer within {PERIOD_SECONDS * (self._missed + 1):g} s"))
            return
        self._busy = True
        self._reading = Thread(target=self._run, name="watchbill-queue-reading", daemon=True)
        self._reading.start()

    def end(self) -> None:
        """Not any more."""
        with self._lock:
            self._over, idle = True, not self._busy
        self._resign()
        if idle:
            self._close()

    def forked(self) -> None:
        """In a child process."""
        self._lock = Lock()
        self._reading, self._missed, self._busy, self.leads = None, 0, False, False
        self._close()

    def _run(self) -> None:
        self._read()
        with self._lock:
            self._busy, over = False, self._over
        if over:
            self._close()

    def _read(self) -> None:
        try:
            readings = list(self._source.read())
        except Exception as error:  # noqa: BLE001  a broker that is away, or whatever the application's function raises
            self._miss(error)
            return
        with self._lock:
            if self._over or not self.leads:
                return
            if self._missed:
                _LOG.info("watchbill: queues %s can be read again", ", ".join(self._source.queues))
            self._missed = 0
            try:
                self._backlog.show(self._source.name, readings, time())
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("queues", error)

    def _miss(self, error: Exception) -> None:
        with self._lock:
            if self._over:
                return
            self._missed += 1
            if self._missed == 1:
                reason = redact(f"{type(error).__name__}: {error}")
                _LOG.warning("watchbill: cannot read queues %s: %s", ", ".join(self._source.queues), reason)
            if self._missed == MISSES:
                self._backlog.withdraw(self._source.name)
            for queue in self._source.queues:
                self._backlog.failed(queue)

    def _resign(self) -> None:
        with self._lock:
            self.leads = False
            self._backlog.withdraw(self._source.name)
        self._election.leave(self._source.name)

    def _close(self) -> None:
        try:
            self._source.close()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)


_KNOWN: "WeakKeyDictionary[Emission, Poller]" = WeakKeyDictionary()


def _run(poller: "weakref.ref[Poller]", end: Event) -> None:
    while not end.wait(PERIOD_SECONDS):
        found = poller()
        if found is None:
            return
        found.round()
        del found
