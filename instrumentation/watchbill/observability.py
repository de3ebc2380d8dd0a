"""Observability: what an application says to be measured."""

import platform
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Self

from opentelemetry import trace
from opentelemetry.semconv.attributes.deployment_attributes import DEPLOYMENT_ENVIRONMENT_NAME
from opentelemetry.semconv.attributes.service_attributes import SERVICE_NAME, SERVICE_VERSION
from prometheus_client import CollectorRegistry

from watchbill.asgi import App
from watchbill.catalogue import METRICS
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.process import BUILD_INFO, PROCESS_CPU
from watchbill.catalogue.watching import DROPPED_SERIES, INTERNAL_ERRORS
from watchbill.emission import Emission
from watchbill.environment import Identity, Switches
from watchbill.errors import InvalidDeclaration
from watchbill.exposition.encode import TEXT
from watchbill.exposition.page import MetricsPage, render
from watchbill.fault import Faults
from watchbill.http.middleware import Measured
from watchbill.http.recorder import Recorder
from watchbill.http.route import RouteTable
from watchbill.http.series import HttpSeries
from watchbill.integrations.starlette import Attachment
from watchbill.logs.config import Logging, Output
from watchbill.logs.pipeline import Pipeline
from watchbill.logs.request_line import RequestLine
from watchbill.names import Names
from watchbill.pages import Pages
from watchbill.problem import is_a, is_list
from watchbill.process import ProcessCollector
from watchbill.report import Entry, Report, State
from watchbill.service import Service
from watchbill.team import NAME_RULE, is_name
from watchbill.traces.server_span import Tracer
from watchbill.traces.tracing import Provider, Tracing

_TRACING = Tracing()
_LOGGING = Logging()
_METRICS_PATH = "/metrics"


class Observability:
    """Metrics, spans and log lines of one service in this process.

    `service` is its name, or its `Service`, whose names, latency buckets, environment and metrics path then hold where
    nothing else is given. `latency_bounds` are in seconds. An empty `metrics_path` serves no page. `tracing=None`
    makes no spans, `logging=None` leaves logging alone. The environment's switches (`Switches`) turn parts off
    whatever the code says. Every mistake in the arguments is listed in one InvalidDeclaration.
    """

    def __init__(
        self,
        service: str | Service,
        *,
        version: str = "",
        revision: str = "",
        env: str | None = None,
        names: Names | None = None,
        registry: CollectorRegistry | None = None,
        latency_bounds: Sequence[float] | None = None,
        metrics_path: str | None = None,
        tracing: Tracing | None = _TRACING,
        logging: Logging | None = _LOGGING,
        switches: Switches | None = None,
    ) -> None:
        declared = service if isinstance(service, Service) else None
        misfits = [
            *_misfits(names=names, registry=registry, tracing=tracing, logging=logging, switches=switches),
            *_misfits(version=version, revision=revision, env=env, metrics_path=metrics_path),
        ]
        if misfits:
            raise InvalidDeclaration("Observability", misfits)
        self.switches = switches or Switches.of()
        self.service = declared.name if declared else str(service)
        self.env = env or (declared.env if declared else self.switches.env)
        self.names = names or (declared.names if declared else Names.classic())
        self.registry = registry or CollectorRegistry(auto_describe=False)
        self.metrics_path = metrics_path if metrics_path is not None else _path_of(declared)
        default = declared.latency_buckets if declared else HTTP_SECONDS
        self._bounds = tuple(latency_bounds if latency_bounds is not None and is_list(latency_bounds) else default)
        self._check(tracing, logging, latency_bounds, env_given=bool(env or declared))
        self._attached: list[Attachment] = []
        self._notes: dict[object, Entry] = {}
        self._series: HttpSeries | None = None
        self._emission = Emission(self.registry, self.names)
        errors = self._emission.counter(INTERNAL_ERRORS)
        self._faults = Faults(lambda component: errors.labels(component).inc())
        self._emission.gauge(BUILD_INFO).labels(version or "", revision or "", platform.python_version()).set(1)
        self._emission.collector_if_free(ProcessCollector(self.names), name=self.names.metric(PROCESS_CPU))
        self._page = MetricsPage(self.registry, self._faults)
        self._pages = Pages()
        if self.switches.metrics and self.metrics_path:
            self._pages.add(self.metrics_path, self._page)
        self._provider = self._spans(tracing, version or "")
        self._pipeline = self._lines(logging)
        self._request_level = logging.requests if logging else None

    @classmethod
    def from_env(
        cls,
        *,
        names: Names | None = None,
        registry: CollectorRegistry | None = None,
        tracing: Tracing | None = _TRACING,
        logging: Logging | None = _LOGGING,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """The service that the environment names: WATCHBILL_SERVICE, _VERSION, _REVISION, or OpenTelemetry's."""
        identity, faults = Identity.read(environ)
        switches, unread = Switches.read(environ)
        if faults or unread:
            raise InvalidDeclaration("environment", [*faults, *unread])
        return cls(
            identity.service,
            version=identity.version,
            revision=identity.revision,
            names=names,
            registry=registry,
            tracing=tracing,
            logging=logging,
            switches=switches,
        )

    def instrument(self, app: Any) -> Self:
        """Measures a FastAPI or Starlette application, once, before or after its routes are added.

        Raises InvalidDeclaration for anything else, for a metric's name that is taken in the registry, and for faults
        in OpenTelemetry's variables; MissingExtra when spans are to be sent and the extra is absent.
        """
        attachment = Attachment(app, lambda inner: self._measured(app, inner))
        if not self.switches.monitoring:
            self._note(app, "off", "MONITORING_ENABLED is false")
            return self
        present = Attachment.of(app)
        if present is not None:
            if present not in self._attached:
                self._note(app, "off", "instrumented by another Observability")
            return self
        # What can fail comes first, so that an error leaves nothing behind.
        if self.switches.metrics and self._series is None:
            self._series = self._http_series()
        if self._provider is not None:
            self._provider.get()
        if self._pipeline is not None and not self._pipeline.installed:
            reason = self._pipeline.install()
            entry = Entry("logs", "off" if reason else "on", reason or self._destination_of_lines())
            self._notes["logs"] = entry
        attachment.attach()
        self._attached.append(attachment)
        self._note(app, "on", "requests are measured")
        return self

    def uninstrument(self, app: Any) -> Self:
        """Takes everything out of an application; with the last one, logging and span sending stop too."""
        for attachment in [one for one in self._attached if one.app is app]:
            attachment.detach()
            self._attached.remove(attachment)
            self._note(app, "off", "uninstrumented")
        if not self._attached:
            self._page.close()
            if self._pipeline is not None:
                self._pipeline.remove()
                self._notes.pop("logs", None)
            if self._provider is not None:
                self._provider.shut_down()
        return self

    def report(self) -> Report:
        """What is instrumented and what is not, and why; `print` it."""
        entries = [
            self._entry_of_metrics(),
            self._entry_of_spans(),
            self._notes.get("logs") or self._entry_of_lines(),
            *(entry for key, entry in self._notes.items() if key != "logs"),
        ]
        return Report(self.service, tuple(entries))

    def exposition(self, content_type: str = TEXT) -> str:
        """What a scrape of this process returns now."""
        return render(self.registry, content_type)

    @property
    def tracer_provider(self) -> trace.TracerProvider | None:
        """The provider of this Observability's spans, for spans of the application's own; None without tracing."""
        return self._provider.get() if self._provider is not None else None

    def _measured(self, app: Any, inner: App) -> Measured:
        provider, pipeline = self._provider, self._pipeline
        recorder = Recorder(
            RouteTable(app),
            self._faults,
            series=self._series,
            tracer=Tracer(provider.get(), provider.sampler_reads_attributes) if provider is not None else None,
            line=RequestLine(self._request_level) if pipeline is not None and self._request_level else None,
        )
        return Measured(inner, recorder, self._pages, started_up=self._started_up)

    def _http_series(self) -> HttpSeries:
        folded = self._emission.counter(DROPPED_SERIES)
        return self._emission.collector(
            HttpSeries(self.names, self._bounds, folded),
            name=self.names.metric(HTTP_REQUESTS),
            labels=tuple(self.names.label(label) for label in HTTP_REQUESTS.labels),
            buckets=self._bounds,
        )

    def _started_up(self) -> None:
        if self._pipeline is not None:
            try:
                self._pipeline.adopt_uvicorn()
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("logs", error)

    def _spans(self, tracing: Tracing | None, version: str) -> Provider | None:
        if tracing is None:
            return None
        resource = {SERVICE_NAME: self.service, DEPLOYMENT_ENVIRONMENT_NAME: self.env}
        if version:
            resource[SERVICE_VERSION] = version
        return Provider(tracing, resource, self._faults)

    def _lines(self, logging: Logging | None) -> Pipeline | None:
        if logging is None or not self.switches.logs:
            return None
        return Pipeline(
            style=logging.style_in(self.env),
            level=logging.level or self.switches.level,
            output=Output(logging.stream),
            replaces_access_log=logging.requests is not None,
        )

    def _check(self, tracing: Tracing | None, logging: Logging | None, bounds: object, *, env_given: bool) -> None:
        faults: list[str] = []
        if not is_name(self.service):
            faults.append(f"{self.service!r} is no service name: {NAME_RULE}")
        if not is_name(self.env):
            source = "" if env_given else ", from ENVIRONMENT,"
            faults.append(f"{self.env!r}{source} is no environment name: {NAME_RULE}")
        if self.metrics_path and not self.metrics_path.startswith("/"):
            faults.append(f"metrics_path={self.metrics_path!r} does not start with a slash")
        if "?" in self.metrics_path or "#" in self.metrics_path:
            faults.append(f"metrics_path={self.metrics_path!r} is more than a path")
        if bounds is not None and not (is_list(bounds) and _are_bounds(self._bounds)):
            faults.append(f"latency_bounds={bounds!r}: give seconds above 0, ascending, each once")
        faults += self.names.faults(METRICS)
        faults += tracing.faults() if tracing is not None else []
        faults += logging.faults() if logging is not None else []
        if faults:
            raise InvalidDeclaration("Observability", faults)

    def _note(self, app: object, state: State, reason: str) -> None:
        self._notes[id(app)] = Entry(_subject(app), state, reason)

    def _entry_of_metrics(self) -> Entry:
        if not self.switches.monitoring:
            return Entry("metrics", "off", "MONITORING_ENABLED is false")
        if not self.switches.metrics:
            return Entry("metrics", "off", "PROMETHEUS_ENABLED is false")
        if not self.metrics_path:
            return Entry("metrics", "on", "kept, not served")
        hidden = any(RouteTable(attachment.app).declares(self.metrics_path) for attachment in self._attached)
        instead = "; the application's own route there is hidden: give another metrics_path" if hidden else ""
        return Entry("metrics", "on", f"served at {self.metrics_path}{instead}")

    def _entry_of_spans(self) -> Entry:
        if self._provider is None:
            return Entry("spans", "off", "tracing=None")
        if not self.switches.monitoring:
            return Entry("spans", "off", "MONITORING_ENABLED is false")
        if self._provider.disabled:
            return Entry("spans", "off", "OTEL_SDK_DISABLED is true")
        destination = self._provider.destination
        if not destination:
            return Entry("spans", "on", "ids for logs only: set OTEL_EXPORTER_OTLP_ENDPOINT to send spans")
        return Entry("spans", "on", f"sent to {destination}")

    def _entry_of_lines(self) -> Entry:
        if not self.switches.logs:
            return Entry("logs", "off", "STRUCTURED_LOGGING is false")
        if self._pipeline is None:
            return Entry("logs", "off", "logging=None")
        return Entry("logs", "off", "set up with the first instrument(app)")

    def _destination_of_lines(self) -> str:
        access = "; one line per request instead of uvicorn's access log" if self._request_level else ""
        return f"structlog and the standard library{access}"


def _path_of(declared: Service | None) -> str:
    return declared.metrics_path if declared is not None else _METRICS_PATH


_KINDS: Mapping[str, type] = {
    "names": Names,
    "registry": CollectorRegistry,
    "tracing": Tracing,
    "logging": Logging,
    "switches": Switches,
}


def _misfits(**given: object) -> list[str]:
    """The arguments that are of another kind than annotated: not everybody type-checks."""
    return [
        f"{name} is {type(value).__name__}, not {_KINDS.get(name, str).__name__}"
        for name, value in given.items()
        if value is not None and not is_a(value, _KINDS.get(name, str))
    ]


def _are_bounds(bounds: Sequence[object]) -> bool:
    numbers = [bound for bound in bounds if isinstance(bound, int | float) and 0 < bound < inf]
    return bool(bounds) and len(numbers) == len(bounds) and numbers == sorted(set(numbers))


def _subject(app: object) -> str:
    title = getattr(app, "title", "")
    return f"{type(app).__name__} {title!r}" if title else type(app).__name__
