"""A store as one of several workers'."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock

from watchbill.store.group import PASSING, Group, Members
from watchbill.store.layout import Unreadable
from watchbill.store.memory import PrivateMemory
from watchbill.store.merged import Merged, worker_of
from watchbill.store.schema import Schema
from watchbill.store.segment import Segment
from watchbill.store.store import Snapshot, Store, Worker

_KEPT_BY_CHILDREN = frozenset({"worker", "max", "min"})
_RETRY_SECONDS = 5.0
_MANY = 8
_TRIES = 2


class Company:
    """The other workers of a store, and its own numbers where they read them."""

    is_shared = True

    def __init__(self, group: Group, worker_label: str, number: int | None = None) -> None:
        self.group = group
        self._worker_label = worker_label
        self._number = number
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._segment: Segment | None = None
        self._merged: Merged | None = None
        self._next_try = 0.0

    def join(self, store: Store) -> None:
        """Moves a store's numbers to the group's directory; while there is no room, it stays alone."""
        with store.lock:
            store.company = self
            self._enter(store, everything)
        self._tidy(store)

    def before_fork(self, store: Store) -> None:
        """The group is there."""

    def after_fork(self, store: Store) -> None:
        """In a child process: a file of its own, nothing counted yet, and nobody else's locks."""
        self._begin()
        self._number = None
        self.group.forked()
        # The child must not write where its parent writes, so this comes before all that can fail.
        store.move(PrivateMemory(), kept=stays_after_fork)
        self._enter(store, everything)
        self._tidy(store)

    def _tidy(self, store: Store) -> None:
        """Servers that replace their workers all the time may do so between two scrapes."""
        try:
            many = self.group.size > _MANY
        except OSError as error:
            store.lost(error)
            return
        if many:
            self._fold(store)

    def _enter(self, store: Store, kept: Callable[[Schema], bool]) -> None:
        self._next_try = time.monotonic() + _RETRY_SECONDS
        try:
            self.group.restore()
            segment = self.group.segment(self._number)
            try:
                store.move(segment, kept=kept)
            except OSError:
                segment.remove()
                raise
            self._segment = segment
        except OSError as error:
            store.lost(error)

    def snapshot(self, store: Store) -> Snapshot:
        """What all workers have to expose; OSError where this one has no file and others have."""
        with self._lock:
            self._look_after(store)
            if self._segment is None:
                self._must_be_first()
                return store.own()
            with store.lock:
                store.rooms.scraped()
            return self._snapshot(store, self._segment)

    def _snapshot(self, store: Store, segment: Segment) -> Snapshot:
        members = self._members(store, segment)
        if self._merged is None:
            self._merged = Merged(self._worker_label, store.lost)
        found = self._merged.snapshot(members)
        if members.dead:
            self._fold(store)
        return found

    def _must_be_first(self) -> None:
        # What this process alone has would look to Prometheus as if all counters had begun anew: better no page.
        others = 0
        with suppress(OSError):
            others = self.group.size
        if others:
            message = f"this worker has no room for its numbers in {self.group.directory}, where the others' are"
            raise OSError(f"{message}: make room there, and it joins them within seconds")

    def _members(self, store: Store, segment: Segment) -> Members:
        # Nor without the others.
        for _ in range(_TRIES):
            try:
                return self.group.members(segment)
            except (OSError, Unreadable) as error:
                if not is_passing(error):
                    store.lost(error)
        return self.group.members(segment)

    def _fold(self, store: Store) -> None:
        try:
            self.group.fold(self._segment.name if self._segment else "")
        except (OSError, Unreadable) as error:
            # The next scrape folds them.
            if not is_passing(error):
                store.lost(error)

    def _look_after(self, store: Store) -> None:
        """Enters again where this worker's file is gone, or could not be made before."""
        segment = self._segment
        if segment is None and time.monotonic() >= self._next_try:
            with store.lock:
                self._enter(store, everything)
        elif segment is not None and not segment.is_there:
            with store.lock:
                # What the lost file held may be in the archive already: to count it again would be worse.
                self._enter(store, stays_after_fork)

    def workers(self) -> Sequence[Worker]:
        """The living, this one included."""
        segment = self._segment
        if segment is None:
            return ()
        found = [(os.getpid(), segment.number), *self.group.others(segment)]
        return [Worker(pid, worker_of(number)) for pid, number in found]

    @property
    def place(self) -> str:
        """Which worker this is, and where its numbers are."""
        if self._segment is None:
            return f"alone: no file can be made in {self.group.directory}"
        return f"worker {worker_of(self._segment.number)}, numbers in {self.group.directory}"


def everything(_schema: Schema) -> bool:
    """Keeps all series."""
    return True


def stays_after_fork(schema: Schema) -> bool:
    """Whether a child process goes on with what its parent set."""
    return schema.kind == "gauge" and schema.merge in _KEPT_BY_CHILDREN


def is_passing(error: Exception) -> bool:
    """Whether the same may succeed at the next try."""
    return isinstance(error, OSError) and error.errno in PASSING
