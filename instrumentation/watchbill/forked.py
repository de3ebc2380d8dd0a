"""What an object does in a child that its process forks."""

import os
from collections.abc import Callable
from weakref import WeakMethod


def in_child(method: Callable[[], None]) -> None:
    """Calls an object's method in every forked child, as long as the object is there; it is not kept alive for it."""
    found = WeakMethod(method)

    def call() -> None:
        there = found()
        if there is not None:
            there()

    os.register_at_fork(after_in_child=call)
