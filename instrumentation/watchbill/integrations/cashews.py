"""cashews: counts what a Cache does, used by hand or by its decorators, whatever its backends."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

from watchbill.caches.holdings import Held, Holdings
from watchbill.caches.series import CacheSeries
from watchbill.caches.watch import Watch, class_of
from watchbill.catalogue.cache import CLEAR, DELETE, DELETE_PATTERN, ERROR, GET, HIT, INCREMENT, MISS, SET
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.report import Entry

_COMMANDS = {
    "get": GET,
    "get_many": GET,
    "get_raw": GET,
    "set": SET,
    "set_raw": SET,
    "set_many": SET,
    "delete": DELETE,
    "delete_many": DELETE,
    "delete_match": DELETE_PATTERN,
    "incr": INCREMENT,
    "clear": CLEAR,
}


class CashewsAttachment:
    """Our middleware in one Cache.

    A read that finds None where its default is None is a miss: the answers are the same. Locks that cashews keeps as
    values are counted as writes.
    """

    kind = "cashews"

    def __init__(self, ground: Ground, cache: Any, series: CacheSeries) -> None:
        library = required("cashews", needed_by="obs.wrap_cache()").Cache
        if not isinstance(cache, library):
            raise InvalidDeclaration("wrap_cache", [f"{type(cache).__name__} is no Cache of cashews; give its Cache"])
        self.target = cache
        self._series = series
        self._holdings = Holdings.of(ground, series)
        self._watch = Watch(series, *_COMMANDS.values())

    def attach(self) -> None:
        """Puts it in."""
        self._watch.active = True
        self.target.add_middleware(self._count)
        self._beside(lambda middlewares: (*middlewares, self._count))
        self._holdings.add(self.target, _held)

    def detach(self) -> None:
        """Takes it out."""
        self._watch.active = False
        self._holdings.remove(self.target)
        middlewares: list[Any] = self.target._default_middlewares  # noqa: SLF001  cashews only adds
        if self._count in middlewares:
            middlewares.remove(self._count)
        self._beside(lambda middlewares: tuple(one for one in middlewares if one != self._count))

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry(f"cache {self._series.key[0]}", "on", "operations of cashews' Cache are counted")

    def _beside(self, change: Callable[[Any], Any]) -> None:
        """Where each backend has a copy of the middlewares beside it, as in cashews 7.0, that is changed too."""
        backends: dict[str, Any] = self.target._backends  # noqa: SLF001  as above
        for prefix, found in list(backends.items()):
            if isinstance(found, tuple):
                backend, middlewares = cast("tuple[Any, Any]", found)
                backends[prefix] = (backend, change(middlewares))

    async def _count(self, call: Callable[..., Any], cmd: Any, _backend: Any, *args: Any, **kwargs: Any) -> Any:
        operation = _COMMANDS.get(cmd.value)
        if operation is None:
            return await call(*args, **kwargs)
        began = perf_counter()
        try:
            value = await call(*args, **kwargs)
        except Exception:
            took = perf_counter() - began
            if operation == GET:
                self._watch.read(ERROR, took)
            else:
                self._watch.wrote(operation, took, failed=True)
            raise
        took = perf_counter() - began
        if operation == GET:
            self._read(value, kwargs.get("default"), took, many=cmd.value == "get_many")
        else:
            self._watch.wrote(operation, took, gone=_gone(cmd.value, value, args))
        return value

    def _read(self, value: Any, default: Any, took: float, *, many: bool) -> None:
        if not many:
            self._watch.read(MISS if value is default else HIT, took)
            return
        misses = sum(1 for one in value if one is default)
        for status, count in ((HIT, len(value) - misses), (MISS, misses)):
            if count:
                self._watch.read(status, None if status == MISS and count < len(value) else took, count)


def _gone(command: str, value: Any, args: tuple[Any, ...]) -> int:
    """How many values a deletion concerned: cashews says so for one, not for a pattern."""
    if command == "delete":
        return int(value is True or (isinstance(value, int) and value > 0))
    return len(args) if command == "delete_many" else 0


def _held(cache: Any) -> Held:
    """Of the backends in memory; others are asked by exporters."""
    found: list[Any] = list(cache._backends.values())  # noqa: SLF001  cashews counts keys in coroutines only
    backends: list[Any] = [one[0] if class_of(one) is tuple else one for one in found]
    stores = [one for one in backends if hasattr(one, "store") and hasattr(one, "size")]
    return Held(sum(len(one.store) for one in stores), sum(one.size for one in stores)) if stores else Held()
