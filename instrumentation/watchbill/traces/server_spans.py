"""Exactly one server span per request: who makes it in each application, and what else is there."""

from collections.abc import Callable
from typing import Any

from opentelemetry.semconv.attributes.service_attributes import SERVICE_NAME, SERVICE_VERSION

from watchbill.asgi import App, Scope
from watchbill.catalogue.tracing import LOSS, SPANS_DROPPED
from watchbill.emission import Emission
from watchbill.environment import DEPLOYMENT_ENVIRONMENT_NAME
from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.integrations import ddtrace, sentry
from watchbill.integrations.fastapi_operations import OPERATIONS, wanting
from watchbill.integrations.fastapi_telemetry import SINCE, FastApiTelemetry, lone
from watchbill.integrations.otel_contrib import Contrib, found_in, is_idle
from watchbill.pages import Pages
from watchbill.report import Entry
from watchbill.traces.engine import EngineProvider, EngineTracer
from watchbill.traces.inner import InnerTracer, seeing
from watchbill.traces.inside import Spanning
from watchbill.traces.provider import Provider, global_provider
from watchbill.traces.span_source import SpanSource
from watchbill.traces.tracer import Tracer
from watchbill.traces.tracing import Tracing

_SUBJECT = "server spans"
_BACKGROUND = "background"


class ServerSpans:
    """The server spans of an Observability's applications. `excluded` says which requests are none of theirs."""

    def __init__(self, tracing: Tracing, provider: Provider, excluded: Callable[[Scope], bool]) -> None:
        self.provider = provider
        self._tracing = tracing
        self._excluded = excluded
        self._spanning = Spanning(provider.get)
        self._applications: dict[int, _Application] = {}

    @classmethod
    def of(
        cls,
        tracing: Tracing | None,
        resource: dict[str, str],
        emission: Emission,
        faults: Faults,
        pages: Pages,
    ) -> "ServerSpans | None":
        """None without tracing."""
        if tracing is None:
            return None
        dropped = emission.counter(SPANS_DROPPED)
        for reason in LOSS.values:
            dropped.labels(reason)
        provider = Provider(tracing, resource, faults, lambda reason, spans: dropped.labels(reason).inc(spans))
        return cls(tracing, provider, lambda scope: pages.at(scope["path"], scope.get("root_path", "")) is not None)

    def attach(self, app: Any) -> None:
        """Before Watchbill wraps the application: its span-makers are found, or put in.

        Raises InvalidDeclaration or MissingExtra when the engine asked for cannot work in this application, and what
        `Provider.get` raises.
        """
        self.provider.get()
        application = _Application(app)
        try:
            application.maker = self._maker(application)
        except BaseException:
            application.restore()
            raise
        inside = frozenset(self._tracing.spans) - {_BACKGROUND}
        if inside and FastApiTelemetry.is_known(app):
            application.route(lambda router: wanting(router, self._spanning, inside))
            OPERATIONS.install()
            application.undo.append(OPERATIONS.remove)
        self._applications[id(app)] = application

    def detach(self, app: Any) -> None:
        """After Watchbill's own wrapping is gone: everything is as it was."""
        application = self._applications.pop(id(app), None)
        if application is not None:
            application.restore()

    def tracer(self, app: Any) -> SpanSource:
        """What begins the spans of an application that is attached."""
        application = self._applications.get(id(app))
        if application is not None and application.tracer is not None:
            return application.tracer
        return Tracer(self.provider.get(), self.provider.sampler_reads_attributes)

    @property
    def background(self) -> Callable[[str], Any] | None:
        """Makes the span of a background task; None where none is asked for."""
        return self._spanning.background_span if _BACKGROUND in self._tracing.spans else None

    def entries(self) -> list[Entry]:
        """Who makes the spans, in a person's words, and which other tracing was found."""
        makers = dict.fromkeys(application.maker for application in self._applications.values())
        found = [Entry(_SUBJECT, "on", maker) for maker in makers]
        if sentry.traces():
            text = "found: its transactions are beside the spans; ids in log lines and exemplars are Watchbill's"
            found.append(Entry("sentry", "on", text))
        datadog = any(ddtrace.traces(application.app) for application in self._applications.values())
        if datadog and not ddtrace.provides(global_provider()):
            text = "found: its spans go to Datadog, beside ours; DD_TRACE_OTEL_ENABLED=true makes them one"
            found.append(Entry("ddtrace", "on", text))
        return found

    def _maker(self, application: "_Application") -> str:
        app = application.app
        telemetry = FastApiTelemetry.of(app)
        inside = found_in(app)
        if ddtrace.traces(app) and ddtrace.provides(global_provider()) and not self._tracing.says_where:
            inside = "ddtrace"
        if inside and self.provider.destination and is_idle(app):
            return f"{_own(application, telemetry)}; {inside} is there without a provider and makes none"
        if inside:
            application.tracer = InnerTracer()
            application.route(seeing)
            if inside == "ddtrace" and telemetry is not None:
                telemetry.silence()
                application.undo.append(telemetry.restore)
            return f"made by {inside}, as the application set it up; Watchbill makes none"
        if telemetry is not None and telemetry.makes_spans:
            return "made by FastAPI's own telemetry, as the application configured it; Watchbill makes none"
        return self._chosen(application, telemetry)

    def _chosen(self, application: "_Application", telemetry: FastApiTelemetry | None) -> str:
        engine = self._tracing.engine
        if engine == "fastapi" and telemetry is None:
            raise InvalidDeclaration("instrument(app)", [_too_old(application.app)])
        if engine == "watchbill":
            return _own(application, telemetry)
        # Applications mounted in this one have telemetry of their own, for a provider that may be set at any time.
        application.route(lone)
        if telemetry is not None:
            application.undo.append(telemetry.restore)
        guests = EngineProvider(self.provider)
        application.tracer = EngineTracer()
        if engine == "contrib":
            contrib = Contrib(application.app)
            contrib.attach(guests)
            application.undo.append(contrib.detach)
            return 'made by opentelemetry-instrumentation-fastapi (tracing="contrib")'
        assert telemetry is not None  # noqa: S101  refused above
        telemetry.take(guests, self._excluded)
        return 'made by FastAPI\'s own telemetry (tracing="fastapi")'


def _own(application: "_Application", telemetry: FastApiTelemetry | None) -> str:
    application.route(lone)
    if telemetry is not None:
        telemetry.silence()
        application.undo.append(telemetry.restore)
    return "made by Watchbill"


class _Application:
    """What was done to one application, so that it can be undone."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.maker = ""
        self.tracer: SpanSource | None = None
        self.undo: list[Callable[[], object]] = []

    def route(self, wrap: Callable[[App], App]) -> None:
        """Puts something around the router, inside all middlewares."""
        router = self.app.router
        before: App | None = getattr(router, "middleware_stack", None)
        if before is None:
            return
        around = router.middleware_stack = wrap(before)

        def put_back() -> None:
            if router.middleware_stack is around:
                router.middleware_stack = before

        self.undo.append(put_back)

    def restore(self) -> None:
        while self.undo:
            self.undo.pop()()


def resource_of(service: str, env: str, version: str) -> dict[str, str]:
    """Who the spans are from."""
    resource = {SERVICE_NAME: service, DEPLOYMENT_ENVIRONMENT_NAME: env}
    return resource | {SERVICE_VERSION: version} if version else resource


def _too_old(app: Any) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = f"FastAPI {version('fastapi')}"
    except PackageNotFoundError:
        found = "no FastAPI"
    what = type(app).__name__
    return (
        f'tracing="fastapi" needs FastAPI {SINCE} or later, whose own telemetry makes the spans; '
        f'this is {what} with {found}: use tracing="watchbill"'
    )
