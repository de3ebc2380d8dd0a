"""Whether a registry's numbers are this process's own, or shared by several workers."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from watchbill.problem import is_a
from watchbill.store import fork
from watchbill.store.company import Company, stays_after_fork
from watchbill.store.group import Group
from watchbill.store.leader import Leader, forking, found, started
from watchbill.store.memory import PrivateMemory
from watchbill.store.place import group_directory, known_directory, private_directory, purge, remove_at_exit
from watchbill.store.store import Snapshot, Store, Worker

VARIABLE = "WATCHBILL_WORKERS_DIR"
Workers = Literal["auto", "off"] | Path
"""`auto` looks for the other workers of a server, `off` does not, and a directory is where all workers meet."""

SERIES_LIMIT = 10_000

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME = 60
_FEWEST_SERIES = 2
_COUNTS: "defaultdict[str, int]" = defaultdict(int)
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a registry's numbers are kept, and how many series a metric of the application's may have."""

    workers: Workers = "auto"
    series_limit: int = SERIES_LIMIT

    def faults(self) -> list[str]:
        """What cannot be used."""
        found: list[str] = []
        if not is_a(self.workers, Path) and self.workers not in {"auto", "off"}:
            found.append(f"workers={self.workers!r}: give 'auto', 'off' or the Path of a directory")
        if not is_a(self.series_limit, int) or self.series_limit < _FEWEST_SERIES:
            found.append(f"series_limit={self.series_limit!r}: give a whole number from {_FEWEST_SERIES} on")
        return found


class Alone:
    """A store that nobody shares yet: that ends when the process forks, or when processes it spawned have numbers."""

    is_shared = False
    place = "one process"

    def __init__(self, name: str, worker_label: str) -> None:
        self._name = name
        self._worker_label = worker_label
        self._shared = Lock()

    def snapshot(self, store: Store) -> Snapshot:
        """What this process has to expose, or what it and those it spawned have."""
        here = Leader(os.getpid(), started(os.getpid()))
        if known_directory(here, self._name) is None:
            return store.own()
        self._share(store, here)
        return store.own() if store.company is self or store.company is None else store.company.snapshot(store)

    def before_fork(self, store: Store) -> None:
        """The child is to be a worker beside this one."""
        leader = forking()
        if leader is not None:
            self._share(store, leader)

    def after_fork(self, store: Store) -> None:
        """In a child process: nothing is counted yet."""
        self._shared = Lock()
        store.move(PrivateMemory(), kept=stays_after_fork)

    def workers(self) -> Sequence[Worker]:
        """None that are to be told apart."""
        return ()

    def _share(self, store: Store, leader: Leader) -> None:
        with self._shared:
            if store.company is self:
                try:
                    directory = group_directory(leader, self._name)
                    remove_at_exit(directory)
                    purge(directory)
                    _join(store, directory, self._worker_label, leader)
                except OSError as error:
                    store.lost(error)


def store_for(service: str, workers: Workers, worker_label: str) -> Store:
    """A new store, in the company of the other workers of this process's server where there are some."""
    store = Store()
    with _LOCK:
        _COUNTS[service] += 1
        number = _COUNTS[service]
    if workers == "off":
        return store
    # The workers of one server make their registries in the same order.
    name = _UNSAFE.sub("_", service or "registry")[:_LONGEST_NAME] + (f"-{number}" if number > 1 else "")
    store.company = Alone(name, worker_label)
    given = workers if isinstance(workers, Path) else os.environ.get(VARIABLE)
    try:
        leader = found()
        if given:
            Path(given).mkdir(parents=True, exist_ok=True)
            _join(store, private_directory(Path(given) / name), worker_label, None)
        elif leader is not None:
            directory = group_directory(leader, name)
            purge(directory)
            _join(store, directory, worker_label, leader)
    except OSError as error:
        store.lost(error)
    fork.watch(store)
    return store


def _join(store: Store, directory: Path, worker_label: str, leader: Leader | None) -> None:
    group = Group(directory, store.lost, leader.owner if leader else None)
    number = leader.number if leader is not None and leader.pid == os.getpid() else None
    Company(group, worker_label, number).join(store)
