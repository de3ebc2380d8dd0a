"""httpx: calls of one client, or of all, whatever transports they use."""

import sys
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, cast

from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.fault import Faults
from watchbill.ground import Ground
from watchbill.integrations.httpx_transport import Transports
from watchbill.outbound.attempts import SENDING, Sending
from watchbill.outbound.call import Watch
from watchbill.outbound.upstreams import Upstreams
from watchbill.report import Entry

if TYPE_CHECKING:
    import httpx

_OLDEST = (0, 27)
_CHOOSE, _SEND = "_transport_for_url", "send"
_CONTRIB = "opentelemetry.instrumentation.httpx"


class HttpxAttachment:
    """Our part in one httpx client, or in all. Transports are found when a request chooses them, mounted ones too."""

    kind = "httpx"

    def __init__(
        self, ground: Ground, client: "httpx.Client | httpx.AsyncClient | None", *, upstreams: Mapping[str, str] | str
    ) -> None:
        httpx = required("httpx", needed_by="obs.httpx()")
        faults = _faults(httpx, client, upstreams)
        if faults:
            raise InvalidDeclaration("httpx(client)", faults)
        self.target: object = httpx if client is None else client
        self._ground = ground
        self._faults = ground.faults
        self._upstreams = Upstreams(upstreams)
        self._holders = (httpx.Client, httpx.AsyncClient) if client is None else (client,)
        self._put: list[tuple[Any, str, Any, Any]] = []
        self._watch: Watch | None = None
        self._transports: Transports | None = None
        self._others = _has_contrib(client)

    def attach(self) -> None:
        """Puts it in."""
        import httpx

        if self._watch is not None:
            return
        self._watch = Watch(self._ground, self._upstreams, spans=not self._others)
        self._transports = Transports(self._watch, first=self.target is not httpx)
        for holder in self._holders:
            own = holder if isinstance(holder, type) else type(holder)
            later = issubclass(own, httpx.AsyncClient)
            method = "handle_async_request" if later else "handle_request"
            self._replace(holder, _CHOOSE, partial(self._choosing, method))
            self._replace(holder, _SEND, partial(_sending_later if later else _sending, self._faults))

    def detach(self) -> None:
        """Takes it out."""
        for holder, name, before, layer in reversed(self._put):
            if _own_attributes(holder).get(name) is layer:
                if before is None:
                    delattr(holder, name)
                else:
                    setattr(holder, name, before)
        self._put.clear()
        if self._transports is not None:
            self._transports.clear()
        self._transports = self._watch = None

    def entry(self) -> Entry:
        """What the report says of it."""
        whose = "all clients" if isinstance(self._holders[0], type) else type(self._holders[0]).__name__
        spans = "; spans are left to opentelemetry-instrumentation-httpx" if self._others else ""
        names = ", ".join(self._upstreams.names)
        return Entry(f"httpx ({whose})", "on", f"calls are counted by upstream: {names}{spans}")

    def _replace(self, holder: Any, name: str, layer_around: Callable[[Any], Any]) -> None:
        before = _own_attributes(holder).get(name)
        layer = layer_around(before or _own(holder, name))
        setattr(holder, name, layer)
        self._put.append((holder, name, before, layer))

    def _choosing(self, method: str, choose: Callable[..., Any]) -> Callable[..., Any]:
        """A client's choice of transport for an address, with the chosen one watched."""
        attachment = self

        @wraps(choose)
        def chosen(*args: Any, **kwargs: Any) -> Any:
            transport = choose(*args, **kwargs)
            try:
                found = attachment._transports
                if found is not None:
                    found.watch(transport, method)
            except Exception as error:  # noqa: BLE001  never into the application
                attachment._faults.report("outbound", error)
            return transport

        return chosen


def _own_attributes(holder: object) -> Mapping[str, Any]:
    return vars(holder)


def _own(client: Any, name: str) -> Callable[..., Any]:
    """A client's method as its class has it at the time of the call, bound as ever: whoever has it has the client."""
    kind = cast("Any", type(client))

    @wraps(getattr(kind, name))
    def called(*args: Any, **kwargs: Any) -> Any:
        return getattr(kind, name)(client, *args, **kwargs)

    return called


def _sending(faults: Faults, send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    def sent(*args: Any, **kwargs: Any) -> Any:
        around = SENDING.get()
        request = kwargs.get("request", args[-1] if args else None)
        # One client may be watched by itself and with all others.
        if around is not None and around.request is request:
            return send(*args, **kwargs)
        sending = Sending(request)
        SENDING.set(sending)
        try:
            return send(*args, **kwargs)
        finally:
            # Without its token: a coroutine may be closed in another context.
            SENDING.set(around)
            sending.end(faults)

    return sent


def _sending_later(faults: Faults, send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    async def sent(*args: Any, **kwargs: Any) -> Any:
        around = SENDING.get()
        request = kwargs.get("request", args[-1] if args else None)
        if around is not None and around.request is request:
            return await send(*args, **kwargs)
        sending = Sending(request)
        SENDING.set(sending)
        try:
            return await send(*args, **kwargs)
        finally:
            SENDING.set(around)
            sending.end(faults)

    return sent


def _has_contrib(client: object) -> bool:
    """Whether OpenTelemetry's own instrumentation is in place: two spans and two parents for one call help nobody."""
    module = sys.modules.get(_CONTRIB)
    one: Any = getattr(getattr(module, "HTTPXClientInstrumentor", None), "_instance", None)
    everywhere = getattr(one, "is_instrumented_by_opentelemetry", False)
    return bool(everywhere or getattr(client, "_is_instrumented_by_opentelemetry", False))


def _faults(httpx: Any, client: object, upstreams: object) -> list[str]:
    found: list[str] = []
    version = tuple(int(part) for part in httpx.__version__.split(".")[:2] if part.isdigit())
    if version < _OLDEST or not all(hasattr(kind, _CHOOSE) for kind in (httpx.Client, httpx.AsyncClient)):
        found.append(f"httpx {httpx.__version__} is not supported: 0.27 or later is")
    if client is not None and not isinstance(client, httpx.Client | httpx.AsyncClient):
        found.append(f"{type(client).__name__} is no httpx Client or AsyncClient; give the client itself")
    if not isinstance(upstreams, str | Mapping):
        found.append(f"upstreams is {type(upstreams).__name__}: give {{host: name}}, or one name")
    return found
