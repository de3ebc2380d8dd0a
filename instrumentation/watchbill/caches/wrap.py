"""Caches of libraries, and of the application's own, that count where they are."""

from inspect import getattr_static
from typing import Any

from watchbill.attachments import Attachment
from watchbill.caches.declaration import faults_of
from watchbill.caches.protocol import OPERATIONS, counting
from watchbill.caches.series import CacheSeries
from watchbill.caches.watch import Layer, Swap, Watch, class_of
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.report import Entry


def attachment_of(ground: Ground, cache: Any, *, name: str, layer: str, price: float, ttl: float | None) -> Attachment:
    """Ours for a cache. InvalidDeclaration lists everything that is wrong with it and with the arguments."""
    libraries = {kind.__module__.partition(".")[0] for kind in class_of(cache).__mro__}
    methods = [found for found in OPERATIONS if callable(getattr(class_of(cache), found, None))]
    faults = faults_of(name, layer, price=price, ttl=ttl)
    if isinstance(cache, type):
        faults.append(f"{cache.__name__} is a class: give a cache, made of it")
    elif "cachetools" not in libraries and not {"get", "set"} <= set(methods):
        faults.append(
            f"{type(cache).__name__} has no methods get and set: give a cache of cachetools, cashews or aiocache, or "
            "say what it does with obs.cache(...)"
        )
    else:
        hidden = [one for one in methods if one in getattr(cache, "__dict__", {})]
        faults += [f"its {one} is no method of its class, but stands in the object itself" for one in hidden]
        loose = [one for one in methods if isinstance(getattr_static(class_of(cache), one), staticmethod | classmethod)]
        faults += [f"its {one} is no method of an object; say what it does with obs.cache(...)" for one in loose]
    if faults:
        raise InvalidDeclaration("wrap_cache", faults)
    own_ttl = getattr(cache, "ttl", None) if libraries & {"cachetools", "aiocache"} else None
    lives = ttl if ttl is not None else own_ttl if isinstance(own_ttl, int | float) else None
    series = CacheSeries(ground, name, layer, price, lives)
    if "cachetools" in libraries:
        from watchbill.integrations.cachetools import CachetoolsAttachment

        return CachetoolsAttachment(ground, cache, series)
    if "cashews" in libraries and hasattr(cache, "add_middleware"):
        from watchbill.integrations.cashews import CashewsAttachment

        return CashewsAttachment(ground, cache, series)
    if "aiocache" in libraries:
        from watchbill.integrations.aiocache import AiocacheAttachment

        return AiocacheAttachment(ground, cache, series)
    return ProtocolAttachment(cache, series, methods)


class ProtocolAttachment:
    """Our counting in an object whose methods have the usual names."""

    kind = "cache"

    def __init__(self, cache: Any, series: CacheSeries, methods: list[str]) -> None:
        self.target = cache
        self._series = series
        watch = Watch(series, *(OPERATIONS[name] for name in methods))
        members = {name: counting(class_of(cache), name, watch) for name in methods}
        self._swap = Swap(cache, Layer, watch, members)
        self._library = type(cache).__name__

    def attach(self) -> None:
        """Puts it in."""
        self._swap.put()

    def detach(self) -> None:
        """Takes it out."""
        self._swap.take()

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry(f"cache {self._series.key[0]}", "on", f"operations of {self._library} are counted")
