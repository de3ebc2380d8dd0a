"""Where a dashboard refers to metrics: queries, variables, marks and links."""

from collections.abc import Iterator, Mapping

from watchbill import duration
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.explore import Link
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.substitution import Pattern, UnknownVariable, substituted
from watchbill_dashboards.table import Table
from watchbill_dashboards.variable import ANYTHING, Choice
from watchbill_stack.check.built import Built
from watchbill_stack.check.site import Site

_SCRAPES_IN_RATE_INTERVAL = 4
_OPENED_ON = "1h"
Chosen = Mapping[str, str | Pattern]


def dashboard_sites(built: Built, service: Service) -> Iterator[Site]:
    """The sites of a service's dashboard, from top to bottom; Grafana's variables stand at their defaults."""
    dashboard = built.dashboards[service.name]
    chosen = variables(dashboard, built.profile)
    yield from _variables(service, dashboard, chosen)
    yield from _marks(service, dashboard, chosen)
    for panel in dashboard.panels:
        if isinstance(panel, Panel):
            yield from _panel(service, dashboard, panel, chosen)


def variables(dashboard: Dashboard, profile: Profile) -> Chosen:
    """The value of each variable when the dashboard is opened, Grafana's own included."""
    own: dict[str, str | Pattern] = {
        one.name: Pattern(raw=ANYTHING) if one.default is None else one.default
        for one in dashboard.variables
        if isinstance(one, Choice)
    }
    return own | {
        "__interval": duration.text(profile.scrape_interval),
        "__rate_interval": duration.text(_SCRAPES_IN_RATE_INTERVAL * profile.scrape_interval),
        "__range": _OPENED_ON,
    }


def links(panel: Panel) -> Iterator[Link]:
    """The links of a panel and of its rows."""
    yield from panel.links
    if isinstance(panel, Table) and panel.focus is not None:
        yield panel.focus


def _variables(service: Service, dashboard: Dashboard, chosen: Chosen) -> Iterator[Site]:
    for one in dashboard.variables:
        if isinstance(one, Choice):
            # label_values(…) is no PromQL; this asks for the same values.
            asked = f"group by ({one.names.label(one.of)}) ({one.among.promql(one.names)})"
            yield Site(
                role="variable",
                name=f"variable {one.name}",
                service=service.name,
                place=one.place,
                declared=dashboard.declared,
                text=asked_of(asked, chosen),
                names=one.names,
                suppressed=one.suppressed,
                subject=one,
            )


def _marks(service: Service, dashboard: Dashboard, chosen: Chosen) -> Iterator[Site]:
    for mark in dashboard.marks:
        yield Site(
            role="annotation",
            name=mark.name,
            service=service.name,
            place=mark.place,
            declared=dashboard.declared,
            text=asked_of(mark.expression.promql(mark.names), chosen),
            names=mark.names,
            suppressed=mark.suppressed,
            subject=mark,
        )


def _panel(service: Service, dashboard: Dashboard, panel: Panel, chosen: Chosen) -> Iterator[Site]:
    declared = panel.declared or dashboard.declared
    several = len(panel.targets) > 1
    for target in panel.targets:
        yield Site(
            role="panel",
            name=f"{panel.title}, query {target.refId}" if several else panel.title,
            service=service.name,
            place=target.place,
            declared=declared,
            text=asked_of(target.expr, chosen),
            names=target.names,
            suppressed=panel.suppressed,
            subject=target,
        )
    for link in links(panel):
        yield Site(
            role="link",
            name=f"{panel.title}: link {link.title!r}",
            service=service.name,
            place=link.place,
            declared=declared,
            suppressed=panel.suppressed,
            subject=link,
        )


def asked_of(text: str, chosen: Chosen) -> str:
    """The query as Prometheus is asked; as written where it uses a variable that nobody declares."""
    if "$" not in text:
        return text
    try:
        return substituted(text, chosen)
    except UnknownVariable:
        return text
