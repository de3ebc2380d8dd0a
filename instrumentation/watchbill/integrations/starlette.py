"""Starlette, and FastAPI, which is one."""

from collections.abc import Callable
from typing import Any

from watchbill.asgi import App
from watchbill.errors import InvalidDeclaration
from watchbill.http.middleware import Measured, sighting

Wrap = Callable[[App], Measured]
_KEEPERS = ("build_middleware_stack", "middleware_stack", "router")
_MARK = "_watchbill_attachment"


class Attachment:
    """Our wrapper around one application's middleware stack, whether that is built already or not."""

    def __init__(self, app: Any, wrap: Wrap) -> None:
        if not all(hasattr(app, name) for name in _KEEPERS):
            raise InvalidDeclaration(
                "instrument(app)",
                [f"{type(app).__name__} is neither a FastAPI nor a Starlette application; give the application itself"],
            )
        self.app = app
        self._wrap = wrap
        self._measured: list[Measured] = []
        self._build: Callable[[], App] = app.build_middleware_stack
        self._own_build: object = app.__dict__.get("build_middleware_stack")
        self._routing: App | None = getattr(app.router, "middleware_stack", None)

    @staticmethod
    def of(app: Any) -> "Attachment | None":
        """The attachment in place on an application."""
        return getattr(app, "__dict__", {}).get(_MARK)

    def attach(self) -> None:
        """Wraps the stack. Middlewares added later still end up inside."""
        app = self.app
        app.__dict__[_MARK] = self
        app.build_middleware_stack = self._built
        if app.middleware_stack is not None:
            app.middleware_stack = self._wrapped(app.middleware_stack)
        if self._routing is not None:
            app.router.middleware_stack = sighting(self._routing)

    def detach(self) -> None:
        """Puts the application's own stack back; where another library has wrapped ours, ours becomes transparent."""
        app = self.app
        app.__dict__.pop(_MARK, None)
        for measured in self._measured:
            measured.detached = True
            if app.middleware_stack is measured:
                app.middleware_stack = measured.app
        if app.__dict__.get("build_middleware_stack") == self._built:
            if self._own_build is None:
                del app.build_middleware_stack
            else:
                app.build_middleware_stack = self._own_build
        if self._routing is not None:
            app.router.middleware_stack = self._routing

    def _built(self) -> App:
        stack = self._build()
        return self._wrapped(stack) if Attachment.of(self.app) is self else stack

    def _wrapped(self, stack: App) -> Measured:
        measured = self._wrap(stack)
        self._measured.append(measured)
        return measured
