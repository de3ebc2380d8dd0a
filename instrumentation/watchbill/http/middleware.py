"""The ASGI application around an application: it serves the metrics page and measures all other requests."""

from collections.abc import Awaitable, Callable

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import METHOD, OTHER_METHOD
from watchbill.exposition.page import MetricsPage
from watchbill.http.exchange import Exchange
from watchbill.http.recorder import Recorder

MARK = "watchbill"
"""The key in a scope under which the exchange stands: this request is measured already."""

_METHODS = frozenset(METHOD.values)


class Measured:
    """Outermost in its application, so that every middleware, error handler and redirect is inside what it measures.

    A request that another Measured around this one measures already passes untouched.
    """

    def __init__(
        self, app: App, recorder: Recorder, page: MetricsPage | None, started_up: Callable[[], None] | None = None
    ) -> None:
        self.app = app
        self.detached = False
        self._recorder = recorder
        self._settle = recorder.settle
        self._page = page
        self._started_up = started_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or MARK in scope or self.detached:
            if scope["type"] == "lifespan" and self._started_up is not None:
                self._started_up()
            await self.app(scope, receive, send)
            return
        if self._page is not None and self._page.claims(scope):
            await self._page(scope, receive, send)
            return
        method = scope["method"]
        exchange = Exchange(scope, receive, send, method if method in _METHODS else OTHER_METHOD, self._settle)
        scope[MARK] = exchange
        self._recorder.begin(exchange)
        error: BaseException | None = None
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            if not exchange.settled:
                exchange.abandon(error)
            self._recorder.end(exchange, error)
            # What refers to itself waits for the garbage collector; this does not.
            del error
            exchange.routed = scope
            scope.pop(MARK, None)


def sighting(router: App) -> App:
    """A router that notes the scope it works on: middlewares may have handed it a copy."""

    def route(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        exchange = scope.get(MARK)
        if exchange is not None:
            exchange.routed = scope
        return router(scope, receive, send)

    return route
