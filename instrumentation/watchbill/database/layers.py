"""Our layers over methods of a library's classes."""

from collections.abc import Callable
from typing import Any

Make = Callable[[Any], Any]


class Layers:
    """In place while somebody wants them.

    One that another library has put its own over stays where it is, and is used again when it is wanted again: what a
    layer does without anybody to count for is to call what it is over.
    """

    def __init__(self) -> None:
        self._put: dict[tuple[type, str], tuple[Any, Any]] = {}
        self._users: list[object] = []

    def want(self, user: object, layers: Callable[[], list[tuple[type, str, Make]]]) -> None:
        """Puts them in for the first user; a method that a version of the library does not have is left out."""
        self._users.append(user)
        if len(self._users) > 1:
            return
        for holder, name, make in layers():
            if (holder, name) in self._put or not hasattr(holder, name):
                continue
            before = vars(holder).get(name)
            layer = make(getattr(holder, name))
            setattr(holder, name, layer)
            self._put[holder, name] = layer, before

    def drop(self, user: object) -> None:
        """Takes them out after the last one."""
        self._users = [one for one in self._users if one is not user]
        if self._users:
            return
        for (holder, name), (layer, before) in list(self._put.items()):
            if vars(holder).get(name) is not layer:
                continue
            del self._put[holder, name]
            if before is None:
                delattr(holder, name)
            else:
                setattr(holder, name, before)
