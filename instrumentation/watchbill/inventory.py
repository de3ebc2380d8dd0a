"""What a report says about each part of an Observability."""

from collections.abc import Iterable
from typing import Any

from watchbill.environment import Switches
from watchbill.exposition.own_port import OwnPort
from watchbill.health.site import HealthSite
from watchbill.http.route import RouteTable
from watchbill.pages import Pages
from watchbill.report import Entry
from watchbill.store.store import Store
from watchbill.traces.provider import Provider

HIDDEN = "hidden routes"
_NOT_MONITORED = "MONITORING_ENABLED is false"


def entry_of_metrics(switches: Switches, path: str, apps: Iterable[Any], asks: str) -> Entry:
    """Whether metrics are kept, and where they are served."""
    if not switches.monitoring:
        return Entry("metrics", "off", _NOT_MONITORED)
    if not switches.metrics:
        return Entry("metrics", "off", "PROMETHEUS_ENABLED is false")
    if not path:
        return Entry("metrics", "on", "kept, not served")
    hidden = any(RouteTable(app).declares(path) for app in apps)
    instead = "; the application's own route there is hidden: give another metrics_path" if hidden else ""
    return Entry("metrics", "on", f"served at {path}{asks}{instead}")


def entry_of_workers(store: Store) -> Iterable[Entry]:
    """Which worker this process is, where there are several."""
    if store.company is not None and store.is_shared:
        yield Entry("workers", "on", store.company.place)


def entry_of_port(port: OwnPort) -> Entry:
    """Whether the metrics page's own port is served by this process."""
    if port.state == "serving":
        return Entry("own port", "on", f"{port.url}{port.asks}")
    reason = "stopped" if port.state == "stopped" else "taken; if by another worker, that one answers for all"
    return Entry("own port", "off", f"{port.url}: {reason}")


def entry_of_spans(switches: Switches, provider: Provider | None) -> Entry:
    """Whether spans are made, and where they go."""
    if provider is None:
        return Entry("spans", "off", "tracing=None")
    if not switches.monitoring:
        return Entry("spans", "off", _NOT_MONITORED)
    if provider.disabled:
        return Entry("spans", "off", "OTEL_SDK_DISABLED is true")
    if not provider.destination:
        return Entry("spans", "on", "ids for logs only: set OTEL_EXPORTER_OTLP_ENDPOINT to send spans")
    return Entry("spans", "on", f"sent to {provider.destination}")


def entry_of_lines(switches: Switches, *, wanted: bool) -> Entry:
    """Why log lines are not Watchbill's, as long as nothing is instrumented."""
    if not switches.logs:
        return Entry("logs", "off", "STRUCTURED_LOGGING is false")
    if not wanted:
        return Entry("logs", "off", "logging=None")
    return Entry("logs", "off", "set up with the first instrument(app)")


def entry_of_pipeline(refusal: str, *, replaces_access_log: bool) -> Entry:
    """Whether log lines are Watchbill's, now that an application is instrumented; `refusal` says why not."""
    access = "; one line per request instead of uvicorn's access log" if replaces_access_log else ""
    return Entry("logs", "off" if refusal else "on", refusal or f"structlog and the standard library{access}")


def entry_of_health(switches: Switches, site: HealthSite, checks: int) -> Entry:
    """Where the health pages are, and how many checks they tell about."""
    if not switches.monitoring:
        return Entry("health", "off", _NOT_MONITORED)
    if not site.path:
        unserved = "no check is registered" if not checks else "its path is empty: checks run, and no page tells"
        return Entry("health", "off", unserved)
    also = f", {' and '.join(site.beside)}" if site.beside else ""
    return Entry("health", "on", f"{checks} check{'' if checks == 1 else 's'}, served at {site.path}{also}")


def entries_of_hidden(pages: Pages, metrics_path: str, apps: Iterable[Any]) -> list[Entry]:
    """One entry for each application whose own routes other pages than the metrics answer."""
    found: list[Entry] = []
    for app in apps:
        hidden = [path for path in hidden_by(pages, app) if path != metrics_path]
        if hidden:
            reason = f"pages answer in place of the application's own {', '.join(hidden)}: give another path"
            found.append(Entry(HIDDEN, "failed", reason))
    return found


def hidden_by(pages: Pages, app: Any) -> tuple[str, ...]:
    """Paths of the application's own routes that a page answers in their place, as declared."""
    declared = dict.fromkeys(leaf.declared.removesuffix("/{path:path}") for leaf in RouteTable(app).leaves())
    return tuple(path for path in declared if pages.at(path) is not None)


def subject_of(app: object) -> str:
    """An application in a few words: its class, and its title where it has one."""
    title = getattr(app, "title", "")
    return f"{type(app).__name__} {title!r}" if title else type(app).__name__
