"""opentelemetry-instrumentation-fastapi, put in by us or found; found only: Starlette's OpenTelemetry middleware."""

from typing import Any

from opentelemetry import metrics, trace

from watchbill.errors import InvalidDeclaration, MissingExtra

_FLAG = "_is_instrumented_by_opentelemetry"
_TOUCHED = (_FLAG, "_original_build_middleware_stack", "build_middleware_stack")
_MIDDLEWARES = {
    "opentelemetry.instrumentation.asgi": "opentelemetry-instrumentation-asgi",
    "starlette.middleware.opentelemetry": "Starlette's OpenTelemetryMiddleware",
}


def found_in(app: Any) -> str:
    """Which of them the application has put in itself; empty for none."""
    if getattr(app, _FLAG, False):
        return "opentelemetry-instrumentation-fastapi"
    known = (entry.cls.__module__ for entry in getattr(app, "user_middleware", ()) if _is_known(entry))
    return next((_MIDDLEWARES[module] for module in known), "")


def is_idle(app: Any) -> bool:
    """Whether what `found_in` names was given no provider, and OpenTelemetry has no global one: it makes no spans."""
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return False
    if getattr(app, _FLAG, False):
        function: Any = getattr(app.build_middleware_stack, "__func__", None)
        code: Any = getattr(function, "__code__", None)
        names: tuple[str, ...] = code.co_freevars if code is not None else ()
        return "tracer" in names and isinstance(
            function.__closure__[names.index("tracer")].cell_contents, trace.ProxyTracer
        )
    given = (getattr(entry, "kwargs", {}) for entry in app.user_middleware if _is_known(entry))
    return not any(one.get("tracer_provider") for one in given)


def _is_known(entry: Any) -> bool:
    return getattr(getattr(entry, "cls", None), "__module__", "") in _MIDDLEWARES


class Contrib:
    """opentelemetry-instrumentation-fastapi in one application, inside Watchbill's own middleware."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._before = {name: app.__dict__[name] for name in _TOUCHED if name in app.__dict__}
        self._stack = app.middleware_stack

    def attach(self, provider: trace.TracerProvider) -> None:
        """With this provider, without metrics and without a span per message.

        Raises MissingExtra, or InvalidDeclaration for what is no FastAPI application.
        """
        try:
            import fastapi
            from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        except ImportError as error:
            raise MissingExtra(
                needed_by='tracing="contrib"', distribution="opentelemetry-instrumentation-fastapi", extra="contrib"
            ) from error
        app = self._app
        if not isinstance(app, fastapi.FastAPI):
            kind = type(app).__name__
            raise InvalidDeclaration(
                "instrument(app)", [f'tracing="contrib" is for FastAPI; for {kind} use tracing="watchbill"']
            )
        meter = metrics.NoOpMeterProvider()
        FastAPIInstrumentor.instrument_app(
            app, tracer_provider=provider, meter_provider=meter, exclude_spans=["receive", "send"]
        )
        if self._stack is not None:
            app.middleware_stack = app.build_middleware_stack()

    def detach(self) -> None:
        """Takes it out; the application is as it was before."""
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        app = self._app
        FastAPIInstrumentor.uninstrument_app(app)
        for name in _TOUCHED:
            app.__dict__.pop(name, None)
        app.__dict__.update(self._before)
        app.middleware_stack = self._stack
