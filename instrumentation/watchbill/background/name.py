"""The name under which a task is counted."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

_LONGEST = 100
_LOCAL = "<locals>."
_MARK = "__watchbill_task__"


def task_name(function: object) -> str:
    """The qualified name without the module: `Mailer.send`, `checkout.notify` for a function inside another.

    A lambda is `checkout.<lambda>`, an object that can be called has its class's name, a partial that of its function.
    """
    while isinstance(function, partial):
        function = function.func
    name: object = None
    # What an object of the application's says when asked for an attribute is its own affair.
    with suppress(Exception):
        name = getattr(function, "__qualname__", None)
    if not isinstance(name, str) or not name:
        name = type(function).__qualname__
    return name.replace(_LOCAL, "")[:_LONGEST]


def shortened(name: str) -> str:
    """A given name, as long as a label's value may be."""
    return name[:_LONGEST]


def mark(function: Callable[..., object]) -> None:
    """Notes on a function that it counts its own calls."""
    setattr(function, _MARK, True)


def is_marked(function: object) -> bool:
    """Whether a function, or what a partial or method makes of it, counts its own calls."""
    while isinstance(function, partial):
        function = function.func
    with suppress(Exception):
        return getattr(function, _MARK, False) is True
    return False
