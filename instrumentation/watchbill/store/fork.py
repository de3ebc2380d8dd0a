"""What becomes of stores when the process forks."""

import os
from itertools import count
from threading import RLock, local
from weakref import WeakValueDictionary

from watchbill.store.store import Store

_PATIENCE_SECONDS = 1.0
_MOST_SHARED = 16
_WATCHED: "WeakValueDictionary[int, Store]" = WeakValueDictionary()
_NUMBERS = count()
_HOOKED: list[bool] = []


class _Forking(local):
    """The locks that a thread holds while it forks; several threads may do so at once."""

    def __init__(self) -> None:
        self.held: list[RLock] = []


_FORKING = _Forking()


def watch(store: Store) -> None:
    """Gives the store's children numbers of their own, and locks that no thread of the parent holds."""
    _WATCHED[next(_NUMBERS)] = store
    if not _HOOKED:
        _HOOKED.append(True)
        os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


def _newest_first() -> list[Store]:
    return [store for _, store in sorted(_WATCHED.items(), key=lambda item: -item[0])]


def _before() -> None:
    # An application has a registry or two; hundreds are a test suite's, and would be as many directories.
    for store in _newest_first()[:_MOST_SHARED]:
        if store.company is not None:
            try:
                store.company.before_fork(store)
            except Exception as error:  # noqa: BLE001  never into the application
                store.lost(error)
    _FORKING.held = [store.lock for store in _newest_first() if store.lock.acquire(timeout=_PATIENCE_SECONDS)]


def _in_parent() -> None:
    for lock in _FORKING.held:
        lock.release()
    _FORKING.held = []


def _in_child() -> None:
    _FORKING.held = []
    for store in _newest_first():
        store.lock = RLock()
        if store.company is not None:
            try:
                store.company.after_fork(store)
            except Exception as error:  # noqa: BLE001  never into the application
                store.lost(error)
