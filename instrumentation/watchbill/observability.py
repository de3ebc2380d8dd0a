"""Observability: what an application says to be measured."""

import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from opentelemetry import trace
from prometheus_client import CollectorRegistry

from watchbill import inventory
from watchbill.arguments import faults_of, misfits, refuse
from watchbill.asgi import App
from watchbill.attachments import Attachments
from watchbill.background.work import Background
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.process import BUILD_INFO
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.clients import Clients
from watchbill.emission import Emission
from watchbill.environment import Identity, Switches
from watchbill.errors import InvalidDeclaration
from watchbill.exposition.access import Access, Gate, asks_of
from watchbill.exposition.certificate import Certificate
from watchbill.exposition.encode import TEXT
from watchbill.exposition.own_port import HOST, PORT, OwnPort
from watchbill.exposition.page import MetricsPage
from watchbill.exposition.page_server import Served
from watchbill.exposition.source import Source
from watchbill.fault import Faults
from watchbill.ground import Ground
from watchbill.health import Checks, Health
from watchbill.health.site import HealthSite
from watchbill.health.status import Status
from watchbill.http.afterwards import Afterwards
from watchbill.http.middleware import Measured
from watchbill.http.recorder import Recorder
from watchbill.http.route import RouteTable
from watchbill.http.series import HttpSeries
from watchbill.http.totals_series import TotalsSeries
from watchbill.http.websocket import WebSockets
from watchbill.http.websocket_series import WebSocketSeries
from watchbill.instruments.metering import Metering
from watchbill.integrations.compression import Compression
from watchbill.integrations.starlette import Attachment
from watchbill.lifecycle import Lifecycle
from watchbill.logs.config import Logging, Output
from watchbill.logs.connection_line import ConnectionLine
from watchbill.logs.pipeline import Pipeline
from watchbill.logs.request_line import RequestLine
from watchbill.names import Names
from watchbill.pages import Pages
from watchbill.problem import is_list
from watchbill.process import watch_processes
from watchbill.rate_limit.limit import RateLimit
from watchbill.rate_limit.limits import RateLimits
from watchbill.report import Entry, Report, State
from watchbill.runtime.runtime import Runtime
from watchbill.service import Service
from watchbill.store.workers import SERIES_LIMIT, Sharing, Workers
from watchbill.traces.server_spans import ServerSpans, resource_of
from watchbill.traces.tracing import Engine, Tracing
from watchbill.versions import versions

_TRACING = Tracing()
_LOGGING = Logging()
_HEALTH = Health()
_METRICS_PATH = "/metrics"


class Observability(Clients, Metering):
    """Metrics, spans and log lines of one service in this process.

    `service` is its name, or its `Service`, whose names, latency buckets, environment and metrics path then hold where
    nothing else is given. `latency_bounds` are in seconds. An empty `metrics_path` serves no page. `tracing=None`
    makes no spans, a word is an engine (`Tracing`); `logging=None` leaves logging alone. The environment's switches
    (`Switches`) turn parts off whatever the code says. `workers` says where the numbers of several processes meet;
    `series_limit` bounds every metric of the application's. One InvalidDeclaration lists every wrong argument.
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
        tracing: Tracing | Engine | None = _TRACING,
        logging: Logging | None = _LOGGING,
        health: Health = _HEALTH,
        access: Access | None = None,
        switches: Switches | None = None,
        workers: Workers = "auto",
        series_limit: int = SERIES_LIMIT,
    ) -> None:
        declared, tracing = service if isinstance(service, Service) else None, Tracing.of(tracing)
        sharing = Sharing(workers, series_limit)
        refuse(
            misfits(names=names, registry=registry, tracing=tracing, logging=logging, switches=switches)
            + misfits(version=version, revision=revision, env=env, metrics_path=metrics_path)
            + misfits(health=health, access=access)
        )
        self.switches = switches or Switches.of()
        self.service = declared.name if declared else str(service)
        self.env = env or (declared.env if declared else self.switches.env)
        self.names = names or (declared.names if declared else Names.classic())
        self.registry = registry or CollectorRegistry(auto_describe=False)
        default_path = declared.metrics_path if declared else _METRICS_PATH
        self.metrics_path = metrics_path if metrics_path is not None else default_path
        default = declared.latency_buckets if declared else HTTP_SECONDS
        self._bounds = tuple(latency_bounds if latency_bounds is not None and is_list(latency_bounds) else default)
        self._declared = declared
        faults = faults_of(
            self.service,
            self.env,
            env_given=bool(env or declared),
            metrics_path=self.metrics_path,
            latency_bounds=latency_bounds,
            names=self.names,
            parts=(tracing, logging, health, access := access or Access.of(), sharing),
            own=declared.own_metrics if declared else (),
        )
        refuse([*faults, *(cause for cause, _ in declared.limit_faults())] if declared else faults)
        self._lay_ground(version or "", revision or "", access, sharing)
        self._serve_health(version or "", revision or "", health)
        self._make_parts(version, tracing, logging)

    def _lay_ground(self, version: str, revision: str, access: Access | None, sharing: Sharing) -> None:
        """What all parts stand on."""
        self._attached: list[Attachment] = []
        self._notes: dict[object, Entry] = {}
        self._instruments = {}
        self._series: HttpSeries | None = None
        limits = self._declared.label_limits if self._declared else None
        self._emission = Emission(self.registry, self.names, service=self.service, sharing=sharing, limits=limits)
        errors = self._emission.counter(INTERNAL_ERRORS)
        # The store outlives us where another shares the registry: what it calls must not keep the applications alive.
        faults = self._faults = Faults(lambda component: errors.labels(component).inc())
        self._emission.store.listen(lambda error: faults.report("workers", error))
        self._emission.gauge(BUILD_INFO).labels(version, revision, platform.python_version()).set(1)
        watch_processes(self._emission)
        self._ports: list[OwnPort] = []
        self._page = MetricsPage(
            lambda: Source(self.registry, self._emission.store, self.names, self._faults), self._faults
        )
        self.gate = Gate(access, self._faults) if access is not None else None
        self._pages = Pages()
        if self.switches.metrics and self.metrics_path:
            self._pages.add(self.metrics_path, self.gate.protect(self._page) if self.gate else self._page)
        self._lifecycle = Lifecycle(self._faults)
        self._runtime = Runtime(self._emission, self._faults)
        self._lifecycle.on("starting", self._started_up)
        self._lifecycle.on("starting", self._runtime.meet)

    def _serve_health(self, version: str, revision: str, health: Health) -> None:
        self._health = HealthSite(
            health,
            Status(self.service, version, revision, self.env, self._lifecycle, self._emission.store),
            Checks(self._emission if self.switches.metrics else None, self._faults, health.max_age),
            protect=self.gate.protect if self.gate else None,
        )
        self._health.open(self._pages, self.names, self._emission.store if self.switches.metrics else None)
        self.health = self._health.checks

    def _make_parts(self, version: str, tracing: Tracing | None, logging: Logging | None) -> None:
        resource = resource_of(self.service, self.env, version)
        self._spans = ServerSpans.of(tracing, resource, self._emission, self._faults, self._pages)
        self._provider = self._spans.provider if self._spans is not None else None
        self._pipeline = self._lines(logging)
        self._request_level = logging.requests if logging else None
        emission = self._emission if self.switches.monitoring and self.switches.metrics else None
        self._compression = Compression(emission, self._faults)
        self._limits = RateLimits(emission, self._faults)
        self._sockets = WebSocketSeries(emission, self._faults) if emission else None
        self._totals = TotalsSeries(emission) if emission else None
        self._background = Background(emission, self._faults, self._spans.background if self._spans else None)
        self._afterwards = Afterwards(self._background, emission)
        self.spawn, self.task = self._background.spawn, self._background.task
        provider = self._provider.get if self._provider is not None and self.switches.monitoring else None
        self._ground = Ground.of(self.service, self._faults, emission, provider)
        self._clients, self._monitoring = Attachments(), self.switches.monitoring

    @classmethod
    def from_env(
        cls,
        *,
        names: Names | None = None,
        registry: CollectorRegistry | None = None,
        tracing: Tracing | Engine | None = _TRACING,
        logging: Logging | None = _LOGGING,
        health: Health = _HEALTH,
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
            health=health,
            switches=switches,
        )

    def instrument(self, app: Any) -> Self:
        """Measures a FastAPI or Starlette application, once, before or after its routes are added.

        Raises InvalidDeclaration for anything else, for a metric's name that is taken in the registry, and for faults
        in OpenTelemetry's variables; MissingExtra when spans are to be sent and the extra is absent.
        """
        attachment = Attachment(app, lambda inner: self._measured(app, inner), self)
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
        if self._spans is not None:
            self._spans.attach(app)
        if self.switches.metrics:
            self._runtime.begin()
        if self._pipeline is not None and not self._pipeline.installed:
            reason = self._pipeline.install()
            self._notes["logs"] = inventory.entry_of_pipeline(reason, replaces_access_log=bool(self._request_level))
        attachment.attach()
        self._attached.append(attachment)
        self._note(app, "on", "requests are measured")
        return self

    def uninstrument(self, app: Any) -> Self:
        """Takes everything out of an application; with the last one, logging and span sending stop too."""
        for attachment in [one for one in self._attached if one.app is app]:
            attachment.detach()
            self._compression.detach(app)
            if self._spans is not None:
                self._spans.detach(app)
            self._attached.remove(attachment)
            self._note(app, "off", "uninstrumented")
        self._limits.detach(app)
        if self._clients.remove(app) or self._end_instrument(app):
            return self
        if not self._attached:
            self._health.stop()
            self._runtime.end()
            if self._pipeline is not None:
                self._pipeline.remove()
                self._notes.pop("logs", None)
            if self._provider is not None:
                self._provider.shut_down()
        return self

    def serve(
        self,
        port: int = PORT,
        host: str = HOST,
        *,
        access: Access | None = None,
        certificate: Certificate | None = None,
    ) -> OwnPort:
        """Serves the metrics page on a port of its own too, until `stop()` of what is returned.

        `access` is the Observability's where none is given. With a certificate it speaks TLS. Of several workers one
        has the port. InvalidDeclaration when the port is taken by another program.
        """
        gate = Gate(access, self._faults) if access is not None else self.gate
        served = Served(self._page, self.metrics_path or _METRICS_PATH, gate, f"watchbill ({self.service})")
        found = OwnPort(served, self._faults, host=host, port=port, certificate=certificate)
        if self.switches.monitoring and self.switches.metrics:
            found.start(shared=self._emission.store.is_shared)
        self._ports.append(found)
        return found

    def slowapi(self, limiter: Any, *, scopes: Mapping[Callable[..., str], str] | None = None) -> Self:
        """Counts what a slowapi limiter decides; `uninstrument(limiter)` ends it.

        `scopes` says what a key function counts by, as in `{by_account: "user"}`; else it is the function's name, and
        `ip` for slowapi's own. InvalidDeclaration when the limiter is no slowapi Limiter.
        """
        self._limits.attach(limiter, scopes or {})
        return self

    def rate_limit(
        self, name: str, *, scope: str = "global", raises: type[Exception] | tuple[type[Exception], ...] = ()
    ) -> RateLimit:
        """A limit of the application's own, to be told or to watch its decisions; see `RateLimit`.

        `scope` is what it counts by, such as `user`. InvalidDeclaration lists what is wrong with the arguments.
        """
        return self._limits.declare(name, scope, raises if isinstance(raises, tuple) else (raises,))

    def report(self) -> Report:
        """What is instrumented and what is not, and why; `print` it."""
        apps = [attachment.app for attachment in self._attached]
        entries = [
            inventory.entry_of_metrics(self.switches, self.metrics_path, apps, asks_of(self.gate)),
            *map(inventory.entry_of_port, self._ports),
            *inventory.entry_of_workers(self._emission.store),
            inventory.entry_of_spans(self.switches, self._provider),
            *(self._spans.entries() if self._spans is not None else ()),
            *self._compression.entries(),
            *self._limits.entries(),
            *self._clients.entries(),
            *self._entries_of_own(),
            self._notes.get("logs") or inventory.entry_of_lines(self.switches, wanted=self._pipeline is not None),
            inventory.entry_of_health(self.switches, self._health, len(self.health)),
            *(entry for key, entry in self._notes.items() if key != "logs"),
            *inventory.entries_of_hidden(self._pages, self.metrics_path, apps),
        ]
        return Report(self.service, tuple(entries), versions())

    @classmethod
    def of(cls, app: Any) -> Self | None:
        """The Observability that measures an application; None when none does."""
        attachment = Attachment.of(app)
        return attachment.owner if attachment is not None and isinstance(attachment.owner, cls) else None

    @property
    def pages(self) -> Pages:
        """What is answered beside the application's own routes."""
        return self._pages

    def exposition(self, content_type: str = TEXT) -> str:
        """What a scrape of this process returns now."""
        return self._page.text(content_type)

    @property
    def tracer_provider(self) -> trace.TracerProvider | None:
        """The provider of this Observability's spans, for spans of the application's own; None without tracing."""
        return self._provider.get() if self._provider is not None else None

    def _measured(self, app: Any, inner: App) -> Measured:
        # A stack that is built late is built on the loop that serves it.
        self._health.start_soon()
        self._runtime.meet()
        self._compression.attach(app, inner)
        pipeline = self._pipeline
        table, level = RouteTable(app), self._request_level if pipeline is not None else None
        tracer = self._spans.tracer(app) if self._spans is not None else None
        recorder = Recorder(
            table,
            self._faults,
            series=self._series,
            tracer=tracer,
            line=RequestLine(level) if level else None,
            afterwards=self._afterwards,
            totals=self._totals,
        )
        line = ConnectionLine(level) if level else None
        sockets = WebSockets(table, self._faults, series=self._sockets, tracer=tracer, line=line)
        return Measured(inner, recorder, self._pages, lifespan=self._lifecycle.run, sockets=sockets)

    def _http_series(self) -> HttpSeries:
        return self._emission.collector(
            HttpSeries(self._emission, self._bounds),
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

    def _lines(self, logging: Logging | None) -> Pipeline | None:
        if logging is None or not self.switches.logs:
            return None
        return Pipeline(
            style=logging.style_in(self.env),
            level=logging.level or self.switches.level,
            output=Output(logging.stream),
            replaces_access_log=logging.requests is not None,
        )

    def _note(self, app: object, state: State, reason: str) -> None:
        self._notes[id(app)] = Entry(inventory.subject_of(app), state, reason)
