"""httpx: a transport whose requests are watched, as long as there is somebody who watches."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast
from weakref import WeakValueDictionary, ref

from watchbill.integrations.httpx_body import bodies
from watchbill.outbound.call import Watch

_MARK = "_watchbill_tap"
_DEEPEST = 5
_NOTHING: dict[str, Any] = {}
_TAPS: "WeakValueDictionary[tuple[int, str], Tap]" = WeakValueDictionary()


class Tap:
    """Our part in one transport, which is not kept alive by it.

    Of several watches the first counts: that of a single client comes before that of all.
    """

    __slots__ = ("__weakref__", "_before", "_held", "_made", "_method", "_transport", "layer", "watches")

    def __init__(self, transport: Any, method: str) -> None:
        self.watches: tuple[Watch, ...] = ()
        self._method = method
        self._transport = ref(transport)
        self._held = method in transport.__dict__
        self._before: Any = transport.__dict__.get(method)
        kind = cast("Any", type(transport))
        if self._before is None and not hasattr(kind, method):
            self._before = getattr(transport, method)
        layer = self._async_layer() if method == "handle_async_request" else self._layer()
        self._made = ref(layer)
        layer.__dict__[_MARK] = self
        self.layer: Any = layer

    @staticmethod
    def of(transport: Any, method: str) -> "Tap":
        """That which is in place, also where somebody has put a layer on top since; else a new one."""
        found = _TAPS.get((id(transport), method))
        if found is not None and found.transport is transport:
            return found
        made, attributes = Tap(transport, method), transport.__dict__
        layer, made.layer = made.layer, None
        # In one step: of several threads that send the first requests one wins.
        winner = attributes.setdefault(method, layer)
        other = getattr(winner, _MARK, None)
        if winner is not layer:
            if type(other) is Tap and other.transport is transport:
                return other
            attributes[method] = layer
        _TAPS[id(transport), method] = made
        return made

    @property
    def transport(self) -> Any:
        """None once it is gone."""
        return self._transport()

    def add(self, watch: Watch, *, first: bool) -> None:
        """Joins those who watch."""
        self.watches = (watch, *self.watches) if first else (*self.watches, watch)

    def remove(self, watch: Watch) -> None:
        """Without any, the transport is as it was."""
        self.watches = tuple(one for one in self.watches if one is not watch)
        transport = self._transport()
        if self.watches or transport is None:
            return
        # Where somebody else's layer is on top, ours stays and does nothing.
        if transport.__dict__.get(self._method) is self._made():
            _TAPS.pop((id(transport), self._method), None)
            del transport.__dict__[self._method]
            if self._held:
                transport.__dict__[self._method] = self._before

    def _target(self) -> Any:
        """What would be called without us: looked up each time, for tests replace methods of whole classes."""
        if self._before is not None:
            return self._before
        transport = self._transport()
        kind = cast("Any", type(transport))
        found: Any = getattr(kind, self._method)
        bind: Any = getattr(cast("Any", type(found)), "__get__", None)
        return found if bind is None else bind(found, transport, kind)

    def _layer(self) -> Any:
        body = bodies()[0]

        def handle_request(request: Any) -> Any:
            call = self.watches[0].begin(request) if self.watches else None
            if call is None:
                return self._target()(request)
            try:
                response = self._target()(request)
            except BaseException as error:
                call.failed(error)
                raise
            call.answered(response, body)
            return response

        return handle_request

    def _async_layer(self) -> Any:
        body = bodies()[1]

        async def handle_async_request(request: Any) -> Any:
            call = self.watches[0].begin(request) if self.watches else None
            if call is None:
                return await self._target()(request)
            try:
                response = await self._target()(request)
            except BaseException as error:
                call.failed(error)
                raise
            call.answered(response, body)
            return response

        return handle_async_request


class Transports:
    """Those that one watch is in; they go when their clients do."""

    def __init__(self, watch: Watch, *, first: bool) -> None:
        self._watch = watch
        self._first = first
        self._taps: WeakValueDictionary[int, Tap] = WeakValueDictionary()

    def watch(self, transport: Any, method: str) -> None:
        """Puts the watch in what really sends: a transport that retries or caches leaves that to another within it."""
        # The usual case, at every request.
        tap = getattr(getattr(transport, "__dict__", _NOTHING).get(method), _MARK, None)
        if type(tap) is Tap and self._watch in tap.watches:
            return
        for leaf in _leaves(transport, method, _DEEPEST):
            tap = Tap.of(leaf, method)
            if self._watch not in tap.watches:
                tap.add(self._watch, first=self._first)
                self._taps[id(tap)] = tap

    def clear(self) -> None:
        """Takes the watch out of all."""
        for tap in list(self._taps.values()):
            tap.remove(self._watch)
        self._taps.clear()


def _leaves(transport: Any, method: str, depth: int) -> Iterator[Any]:
    """The innermost transports that a transport holds in its attributes; itself where it holds none."""
    parts = getattr(transport, "__dict__", None)
    if parts is None:
        return
    inner = [one for one in parts.values() if depth and isinstance(one, _kind(method)) and one is not transport]
    if not inner:
        yield transport
    for one in inner:
        yield from _leaves(one, method, depth - 1)


@cache
def _kind(method: str) -> type:
    import httpx

    return httpx.AsyncBaseTransport if method == "handle_async_request" else httpx.BaseTransport
