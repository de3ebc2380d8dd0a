"""An exception that left the application: its class as a label's value, and whether it is one at all."""

from collections.abc import Iterator
from typing import cast

_LONGEST = 150
_DEPARTURES = frozenset({"starlette.requests.ClientDisconnect", "starlette.websockets.WebSocketDisconnect"})


def exception_name(error: BaseException) -> str:
    """The class with its module; for a group, the class of its exceptions where they are all of one."""
    names = {_class_name(leaf) for leaf in leaves(error)}
    return names.pop() if len(names) == 1 else _class_name(error)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions in a group and in the groups in it; any other stands for itself."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
        yield from leaves(inner)


def is_departure(error: BaseException) -> bool:
    """Whether an exception may only say that the other side is gone."""
    return all(isinstance(leaf, OSError) or _class_name(leaf) in _DEPARTURES for leaf in leaves(error))


def _class_name(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return name[-_LONGEST:]
