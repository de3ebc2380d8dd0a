"""Starlette, and FastAPI, which is one."""

from collections.abc import Callable
from typing import Any

from watchbill.asgi import App
from watchbill.errors import InvalidDeclaration
from watchbill.http.middleware import Measured, sighting
from watchbill.http.route import RouteTable
from watchbill.integrations.starlette_background import HOOK

Wrap = Callable[[App], Measured]
_KEEPERS = ("build_middleware_stack", "middleware_stack", "router")
_MARK = "_watchbill_attachment"
_SIGHTED = "_watchbill_sighted"


class Attachment:
    """Our wrapper around one application's middleware stack, whether that is built already or not."""

    def __init__(self, app: Any, wrap: Wrap, owner: object) -> None:
        if not all(hasattr(app, name) for name in _KEEPERS):
            raise InvalidDeclaration(
                "instrument(app)",
                [f"{type(app).__name__} is neither a FastAPI nor a Starlette application; give the application itself"],
            )
        self.app = app
        self.owner = owner
        self._wrap = wrap
        self._measured: list[Measured] = []
        self._sighted: list[Any] = []

    @staticmethod
    def of(app: Any) -> "Attachment | None":
        """The attachment in place on an application."""
        return getattr(app, "__dict__", {}).get(_MARK)

    def attach(self) -> None:
        """Wraps the stack. Middlewares added later still end up inside."""
        app = self.app
        self._build: Callable[[], App] = app.build_middleware_stack
        self._own_build: object = app.__dict__.get("build_middleware_stack")
        app.__dict__[_MARK] = self
        HOOK.install()
        app.build_middleware_stack = self._built
        if app.middleware_stack is not None:
            app.middleware_stack = self._wrapped(app.middleware_stack)
        self._sight()

    def detach(self) -> None:
        """Puts the application's own stack back; where another library has wrapped ours, ours becomes transparent."""
        app = self.app
        app.__dict__.pop(_MARK, None)
        HOOK.remove()
        for measured in self._measured:
            measured.detached = True
            if app.middleware_stack is measured:
                app.middleware_stack = measured.app
        if app.__dict__.get("build_middleware_stack") == self._built:
            if self._own_build is None:
                del app.build_middleware_stack
            else:
                app.build_middleware_stack = self._own_build
        for router in self._sighted:
            _blind(router)
        self._sighted.clear()

    def _built(self) -> App:
        stack = self._build()
        if Attachment.of(self.app) is not self:
            return stack
        self._sight()
        return self._wrapped(stack)

    def _sight(self) -> None:
        """Again where the stack is built, at the first request: most routers are there only then."""
        for router in _routers(self.app):
            if not any(router is one for one in self._sighted):
                self._sighted.append(router)
                _sight(router)

    def _wrapped(self, stack: App) -> Measured:
        measured = self._wrap(stack)
        self._measured.append(measured)
        return measured


def _routers(app: Any) -> list[Any]:
    """The application's router, and those of what is mounted in it, behind whatever middlewares a mount has."""
    mounted = (getattr(leaf.route, "_base_app", leaf.endpoint) for leaf in RouteTable(app).leaves())
    found = (getattr(one, "router", one) for one in (app, *mounted))
    return [router for router in found if hasattr(router, "middleware_stack") and hasattr(router, "routes")]


def _sight(router: Any) -> None:
    times, original = router.__dict__.get(_SIGHTED, (0, router.middleware_stack))
    if times == 0:
        router.middleware_stack = sighting(original)
    router.__dict__[_SIGHTED] = (times + 1, original)


def _blind(router: Any) -> None:
    times, original = router.__dict__.pop(_SIGHTED)
    if times > 1:
        router.__dict__[_SIGHTED] = (times - 1, original)
    else:
        router.middleware_stack = original
