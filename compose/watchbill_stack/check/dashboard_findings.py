"""Dashboards whose panels, variables, columns and links do not fit together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from watchbill.flow.flow import Inference
from watchbill_dashboards.annotation import Mark
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.explore import Link
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.substitution import variables_in
from watchbill_dashboards.table import Table
from watchbill_dashboards.target import Target
from watchbill_dashboards.variable import Choice
from watchbill_stack.check.built import Built
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import CLASHING_PANELS, DEAD_LINK, UNKNOWN_COLUMN, UNKNOWN_VARIABLE
from watchbill_stack.check.site import Site

_GRAFANAS = "__"
_VARIABLE = "var-"
_COLUMN = re.compile(r"""\$\{__data\.fields(?:\[["']([^"']+)["']\]|\.(\w+))[^}]*\}""")
_PATH = re.compile(r"/d/([\w-]+)")


def dashboard_findings(built: Built, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """What is wrong with each dashboard as a whole, and with where its links lead."""
    by_service: dict[str, list[Site]] = {}
    for site in read:
        if site.role in {"panel", "variable", "annotation", "link"}:
            by_service.setdefault(site.service, []).append(site)
    for service, dashboard in built.dashboards.items():
        sites = by_service.get(service, [])
        of_object = {id(site.subject): site for site in sites}
        yield from _variables(dashboard, sites)
        yield from _panels(dashboard, of_object, inferences)
        for site in sites:
            if isinstance(site.subject, Link):
                yield from _link(site, site.subject, built)


def _variables(dashboard: Dashboard, sites: Iterable[Site]) -> Iterator[Finding]:
    known = [one.name for one in dashboard.variables]
    for site in sites:
        for name in variables_in(_as_written(site)):
            if not name.startswith(_GRAFANAS) and name not in known:
                message = f"the dashboard {dashboard.title!r} has no variable {name!r}"
                yield Finding(rule=UNKNOWN_VARIABLE, site=site, message=message, nearest=nearest(name, known))


def _as_written(site: Site) -> str:
    match site.subject:
        case Target():
            return site.subject.expr
        case Choice():
            return site.subject.among.promql(site.names)
        case Mark():
            return site.subject.expression.promql(site.names)
        case Link():
            return site.subject.url
        case _:
            return ""


def _panels(dashboard: Dashboard, sites: Mapping[int, Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    seen: dict[int, str] = {}
    for panel in dashboard.panels:
        if not isinstance(panel, Panel):
            continue
        first = sites[id(panel.targets[0])]
        if panel.id in seen:
            message = f"panels {seen[panel.id]!r} and {panel.title!r} have the same id; both have the key {panel.key!r}"
            yield Finding(rule=CLASHING_PANELS, site=first, message=message)
        seen[panel.id] = panel.title
        if isinstance(panel, Table):
            yield from _table(panel, sites, inferences)


def _table(table: Table, sites: Mapping[int, Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    for target in table.targets:
        site = sites[id(target)]
        inference = inferences.get(site)
        flow = None if inference is None else inference.flow
        by = target.names.label(table.by)
        if flow is not None and not flow.is_open and by not in flow.labels:
            message = f"its rows are told apart by {by!r}, which this query does not carry"
            yield Finding(rule=UNKNOWN_COLUMN, site=site, message=message, nearest=nearest(by, flow.labels))
    columns = [table.titled, *(column.title for column in table.columns)]
    if table.sorted_by and table.sorted_by not in columns:
        message = f"it is sorted by {table.sorted_by!r}, which is no column of it"
        site = sites[id(table.targets[0])]
        yield Finding(rule=UNKNOWN_COLUMN, site=site, message=message, nearest=nearest(table.sorted_by, columns))
    if table.focus is not None:
        for found in _COLUMN.finditer(table.focus.url):
            name = found[1] or found[2]
            if name not in columns:
                message = f"the link reads the column {name!r}, which the table does not have"
                site = sites[id(table.focus)]
                yield Finding(rule=UNKNOWN_COLUMN, site=site, message=message, nearest=nearest(name, columns))


def _link(site: Site, link: Link, built: Built) -> Iterator[Finding]:
    if link.url.startswith(f"{built.stack.links.runbooks}/") and "$" not in link.url:
        page, pages = link.url.partition("#")[0], built.everything.runbooks
        if page not in pages:
            message = f"no alert of the stack has the runbook {page}"
            yield Finding(rule=DEAD_LINK, site=site, message=message, nearest=nearest(page, pages))
        return
    address = link.url.removeprefix(built.stack.links.dashboards)
    found = _PATH.match(address)
    if found is None:
        return
    board = built.board_at(found[1])
    if board is None:
        message = f"no dashboard of the stack has the uid {found[1]!r}"
        yield Finding(rule=DEAD_LINK, site=site, message=message, nearest=nearest(found[1], built.everything.by_uid))
        return
    variables = board.variables
    panels = {str(identity) for identity in board.panels.values()}
    for key, value in parse_qsl(urlsplit(address).query, keep_blank_values=True):
        name = key.removeprefix(_VARIABLE)
        if key.startswith(_VARIABLE) and name not in variables:
            message = f"the link sets the variable {name!r}, which the dashboard {board.title!r} does not have"
            yield Finding(rule=DEAD_LINK, site=site, message=message, nearest=nearest(name, variables))
        elif key == "viewPanel" and value.removeprefix("panel-") not in panels and "$" not in value:
            message = f"the link opens the panel {value}, which the dashboard {board.title!r} does not have"
            yield Finding(rule=DEAD_LINK, site=site, message=message)
