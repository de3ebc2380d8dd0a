"""Everything the doctor can tell about one application."""

import gc
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from prometheus_client import REGISTRY

from watchbill.catalogue.http import ROUTE
from watchbill.http.route import Leaf, RouteTable
from watchbill.inventory import HIDDEN, hidden_by
from watchbill.observability import Observability
from watchbill.report import Entry
from watchbill.versions import versions
from watchbill_stack.doctor.finding import Finding
from watchbill_stack.doctor.middleware import Layer, inside, unwrapped

_PLATFORM = ("python_", "process_")


@dataclass(frozen=True, slots=True)
class Route:
    """A route as declared, its template in metrics, and its methods."""

    path: str
    template: str
    methods: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Watchbill's, and the application's own route that it hides."""

    path: str
    hides: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What `watchbill doctor` prints."""

    application: str
    service: str
    findings: tuple[Finding, ...]
    parts: tuple[Entry, ...]
    routes: tuple[Route, ...]
    middlewares: tuple[Layer, ...]
    pages: tuple[Page, ...]
    versions: Mapping[str, str]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.level != "wrong" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "is_well": self.is_well}


def living() -> list[Observability]:
    """Every Observability of this process."""
    # type() and not isinstance(): some objects make up their class, at a cost.
    return [one for one in gc.get_objects() if issubclass(type(one), Observability)]


def examine(target: str, found: Any, among: Sequence[Observability]) -> Examination:
    """Looks at an application as it is after its import; nothing is called and nothing is started.

    `among` is every Observability there is.
    """
    app, outside = unwrapped(found)
    observability = Observability.of(app) if app is not None else None
    leaves = RouteTable(app).leaves() if app is not None else ()
    layers = (*outside, *inside(app))
    report = observability.report() if observability is not None else None
    return Examination(
        application=target,
        service=observability.service if observability is not None else "",
        findings=tuple(
            sorted(_findings(app, observability, leaves, layers, among), key=lambda one: one.level != "wrong")
        ),
        parts=report.entries if report is not None else (),
        routes=tuple(_route(leaf) for leaf in leaves),
        middlewares=layers,
        pages=tuple(_pages(observability, app)) if observability is not None else (),
        versions=versions(),
    )


def _findings(
    app: Any,
    observability: Observability | None,
    leaves: tuple[Leaf, ...],
    layers: tuple[Layer, ...],
    among: Sequence[Observability],
) -> Iterator[Finding]:
    if app is None:
        cause = "it is an ASGI application, but neither FastAPI nor Starlette, and shows none within"
        yield Finding("wrong", "application", cause, "name the FastAPI or Starlette application itself")
    elif observability is None:
        yield _not_instrumented(among, leaves)
    else:
        yield from _of_parts(observability, app)
        yield from _of_others(observability, among)
        yield from _of_client_metrics(observability)
    for layer in layers:
        if layer.place == "outside" and app is not None:
            cause = "it stands around the application: what it answers itself, and its time, are not measured"
            yield Finding("note", layer.name, cause, "add it with app.add_middleware(…)")
        if layer.remark:
            yield Finding("note", layer.name, layer.remark, "")
    if len(leaves) >= ROUTE.limit:
        cause = f"{len(leaves)} routes: beyond {ROUTE.limit - 1} templates requests are counted as _other"
        yield Finding("note", "routes", cause, "leave out what nobody watches, or split the service")
    workers = _workers_expected()
    if workers > 1:
        yield Finding("note", "workers", f"the environment asks for {workers} worker processes", "")


def _not_instrumented(among: Sequence[Observability], leaves: tuple[Leaf, ...]) -> Finding:
    for entry in (entry for one in among for entry in one.report().entries if entry.reason.startswith("MONITORING_")):
        return Finding("wrong", "application", f"not measured: {entry.reason}", "set it to true, or unset it")
    if any(Observability.of(leaf.endpoint) is not None for leaf in leaves):
        cause = "a mounted application is instrumented, this one around it is not"
        return Finding("wrong", "application", cause, "instrument the outer one; it measures both")
    if among:
        cause = f"there is an Observability ({among[0].service}), but it does not measure this application"
        return Finding("wrong", "application", cause, "call its instrument(app) where the application is made")
    return Finding(
        "wrong",
        "application",
        "nobody instrumented it",
        'where the application is made, add: watchbill.Observability("name").instrument(app)',
    )


def _of_parts(observability: Observability, app: Any) -> Iterator[Finding]:
    hidden = hidden_by(observability.pages, app)
    if hidden:
        cause = f"Watchbill's pages answer in place of the application's own {', '.join(hidden)}"
        yield Finding("wrong", "pages", cause, "give metrics_path=… or health=Health(path=…) another path")
    for entry in observability.report().entries:
        if entry.state == "failed" and entry.subject != HIDDEN:
            yield Finding("wrong", entry.subject, entry.reason, "mend it, or switch the part off")
    if not observability.switches.metrics:
        yield Finding("wrong", "metrics", "PROMETHEUS_ENABLED is false", "set it to true, or unset it")
    if not len(observability.health):
        yield Finding("note", "health", "no check is registered", '@obs.health.check("database") on a function')


def _of_others(observability: Observability, among: Sequence[Observability]) -> Iterator[Finding]:
    for other in among:
        if other is observability or other.registry is observability.registry:
            continue
        cause = f"a second Observability ({other.service}) has a registry of its own: its metrics are not on this page"
        yield Finding("note", "observability", cause, "make one Observability and import it, or share registry=…")


def _of_client_metrics(observability: Observability) -> Iterator[Finding]:
    if observability.registry is REGISTRY:
        return
    names = sorted({family.name for family in REGISTRY.collect() if not family.name.startswith(_PLATFORM)})
    if names:
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        cause = f"what is in prometheus_client.REGISTRY ({shown}) is not on the page of this Observability"
        yield Finding("note", "metrics", cause, "Observability(…, registry=prometheus_client.REGISTRY)")


def _workers_expected() -> int:
    """By WEB_CONCURRENCY, which uvicorn and gunicorn read, or GUNICORN_CMD_ARGS."""
    words = shlex.split(os.environ.get("GUNICORN_CMD_ARGS", "").replace("=", " "))
    given = [after for word, after in pairwise(words) if word in {"-w", "--workers"}]
    for text in (*given, os.environ.get("WEB_CONCURRENCY", "")):
        if text.isdecimal():
            return int(text)
    return 1


def _route(leaf: Leaf) -> Route:
    route: Any = leaf.route
    methods = set(getattr(route, "methods", None) or ()) - {"HEAD"}
    kind = type(getattr(route, "original_route", None) or route).__name__
    default = "WEBSOCKET" if "WebSocket" in kind else "mount" if leaf.declared.endswith("{path:path}") else "any"
    return Route(leaf.declared, leaf.template, ", ".join(sorted(methods)) or default)


def _pages(observability: Observability, app: Any) -> Iterator[Page]:
    hidden = hidden_by(observability.pages, app)
    for path in observability.pages.paths:
        below = path.endswith("/…")
        stem = path.removesuffix("…")
        hides = [one for one in hidden if one == path or (below and one.startswith(stem))]
        yield Page(path, ", ".join(hides))
