"""What counts the operations of a wrapped cache, and the class that is put under it for that."""

from threading import local
from types import FunctionType
from typing import Any, ClassVar

from watchbill.caches.series import CacheSeries
from watchbill.catalogue.cache import GET, HIT
from watchbill.errors import InvalidDeclaration

OURS = "_watchbill_"
# Also for those whose class has something of its own under this name.
_CLASS: Any = vars(object)["__class__"]


class _Inside(local):
    """Of one thread: how deep it is in operations that are counted as a whole, and in such as may evict."""

    depth = 0
    setting = 0


class Watch:
    """Counts for one wrapped cache; its methods never raise, and do nothing once it is not `active`."""

    def __init__(self, series: CacheSeries, *operations: str) -> None:
        self.series = series
        self.active = True
        self.inside = _Inside()
        self.missed = 0
        for operation in operations:
            series.operation(operation)
        self._hit = series.quick_hit(series.operation(GET))

    def read(self, status: str, seconds: float | None, count: int = 1) -> None:
        """Reads."""
        if not self.active:
            return
        if status == HIT and count == 1 and seconds is not None:
            self._hit(seconds)
        else:
            try:
                self.series.read(self.series.operation(GET), status, seconds, count)
            except Exception as error:  # noqa: BLE001  never into the application
                self.series.report(error)

    def wrote(self, operation: str, seconds: float | None, *, failed: bool = False, gone: int = 0) -> None:
        """A write; a deletion of so many."""
        if self.active:
            try:
                self.series.wrote(self.series.operation(operation), seconds, failed=failed)
                self.series.invalidated(gone)
            except Exception as error:  # noqa: BLE001  never into the application
                self.series.report(error)

    def evicted(self, reason: str, count: int = 1) -> None:
        """Values left by themselves."""
        if self.active and count > 0:
            try:
                self.series.evicted(reason, count)
            except Exception as error:  # noqa: BLE001  never into the application
                self.series.report(error)


class Layer:
    """What the class of a wrapped object has before the class that it had."""

    _watchbill_watch: ClassVar[Any]
    _watchbill_base: ClassVar[Any]

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A copy is one of the class that it had, and does not count."""
        ours, own = type(self), self._watchbill_base
        reduced = own.__reduce_ex__(self, protocol)
        if isinstance(reduced, str):
            return reduced
        parts: list[Any] = list(reduced)
        parts[0] = own if parts[0] is ours else parts[0]
        parts[1] = tuple(own if one is ours else one for one in parts[1])
        if len(parts) > 2:
            parts[2] = _without_ours(parts[2])
        return tuple(parts)


class Swap:
    """Gives one object a class of its own, made of the one it has: it stays the same object, and an instance of that.

    The members of a layer are copied, for an object's class can be replaced by one with that very base alone.
    """

    def __init__(self, target: Any, layer: type[Layer], watch: Watch, members: dict[str, Any] | None = None) -> None:
        self._target = target
        self._watch = watch
        base = class_of(target)
        self._base = base
        body: dict[str, Any] = {name: getattr(base, name) for name in ("__module__", "__qualname__", "__doc__")}
        for kind in {Layer: None, layer: None}:
            body |= {name: member for name, member in vars(kind).items() if isinstance(member, FunctionType)}
        # What asks an object for its class, as pickle does, is told the one that it had.
        body["__class__"] = property(lambda _: base, put_class)
        body |= {"__slots__": (), "_watchbill_watch": watch, "_watchbill_base": base, **(members or {})}
        try:
            self._made: Any = class_of(base)(base.__name__, (base,), body)
        except Exception as error:
            raise _refused(base, error) from error

    def put(self) -> None:
        """InvalidDeclaration where the object keeps its class."""
        try:
            put_class(self._target, self._made)
        except TypeError as error:
            raise _refused(self._base, error) from error
        self._watch.active = True

    def take(self) -> None:
        """Where another class has been put above ours, ours stays and does nothing."""
        self._watch.active = False
        if class_of(self._target) is self._made:
            put_class(self._target, self._base)


def class_of(target: object) -> Any:
    """The class of an object of a library's."""
    return type(target)


def put_class(target: object, kind: type) -> None:
    """Makes an object one of another class; TypeError where it cannot be one."""
    _CLASS.__set__(target, kind)


def drop_ours(target: object) -> None:
    """Takes the attachment out of a copy."""
    for name in [one for one in vars(target) if one.startswith(OURS)]:
        del vars(target)[name]


def _without_ours(state: Any) -> Any:
    """An object's state without its attachment, which it holds while it is wrapped."""
    kind = class_of(state)
    if kind is tuple:
        return tuple(map(_without_ours, state))
    if kind is not dict:
        return state
    return {name: value for name, value in state.items() if not str(name).startswith(OURS)}


def _refused(base: type, error: Exception) -> InvalidDeclaration:
    fault = f"{base.__name__} cannot be wrapped ({error}); say what it does with obs.cache(...) instead"
    return InvalidDeclaration("wrap_cache", [fault])
