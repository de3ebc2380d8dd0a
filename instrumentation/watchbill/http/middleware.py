"""The ASGI application around an application: it serves the metrics page and measures all other requests."""

from collections.abc import Awaitable, Callable
from contextvars import Token
from typing import Any

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import METHOD, OTHER_METHOD
from watchbill.http.current import CURRENT
from watchbill.http.exchange import Exchange
from watchbill.http.recorder import Recorder
from watchbill.pages import Pages

MARK = "watchbill"
"""The key in a scope under which the exchange stands: this request is measured already."""

Sockets = Callable[[App, Scope, Receive, Send], Awaitable[None]]
"""Runs an application on a WebSocket, measuring it, or on its lifespan, following it."""

_METHODS = frozenset(METHOD.values)


class Measured:
    """Outermost in its application, so that every middleware, error handler and redirect is inside what it measures.

    A request that another Measured around this one measures already passes untouched.
    """

    def __init__(
        self,
        app: App,
        recorder: Recorder,
        pages: Pages,
        *,
        lifespan: Sockets | None = None,
        sockets: Sockets | None = None,
    ) -> None:
        self.app = app
        self.detached = False
        self._recorder = recorder
        self._begin = recorder.begin
        self._end = recorder.end
        self._pages = pages
        self._lifespan = lifespan
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or MARK in scope or self.detached:
            await self._pass(scope, receive, send)
            return
        path, root_path, pages = scope["path"], scope.get("root_path", ""), self._pages
        if root_path or path in pages.exact or path.startswith(pages.prefixes):
            page = pages.at(path, root_path)
            if page is not None:
                await page(scope, receive, send)
                return
        method = scope["method"]
        if method not in _METHODS:
            method = OTHER_METHOD
        exchange = Exchange(scope, receive, send, method, root_path, self._recorder)
        scope[MARK] = exchange
        token = CURRENT.set(exchange)
        self._begin(exchange)
        error: BaseException | None = None
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            if not exchange.settled:
                exchange.abandon(error)
            if exchange.span is not None or error is not None or exchange.background is not None:
                self._end(exchange, error)
            try:
                CURRENT.reset(token)
            except ValueError:
                _put_back(exchange, token)
            # What refers to itself waits for the garbage collector; this does not.
            del error
            exchange.routed = scope
            scope.pop(MARK, None)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan" and self._lifespan is not None and not self.detached:
            await self._lifespan(self.app, scope, receive, send)
        elif kind == "websocket" and self._sockets is not None and MARK not in scope and not self.detached:
            await self._sockets(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _put_back(exchange: Exchange, token: Token[Exchange | None]) -> None:
    """Closed from outside, a request may end in another task's context, where the token is of no use."""
    if CURRENT.get() is exchange:
        before: Any = token.old_value
        CURRENT.set(None if before is Token.MISSING else before)


def sighting(router: App) -> App:
    """A router that notes the scope it works on: middlewares may have handed it a copy."""

    def route(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        exchange = scope.get(MARK)
        if exchange is not None:
            exchange.routed = scope
        return router(scope, receive, send)

    return route
