"""Alerts that reach nobody, and routes and inhibitions that no alert reaches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from watchbill.flow.flow import Inference
from watchbill_alerts.alert import Alert, AlertSeverity
from watchbill_alerts.inhibition import Inhibition
from watchbill_alerts.routes import NULL, route_tree
from watchbill_stack.check.built import Built
from watchbill_stack.check.carried import Carried
from watchbill_stack.check.evidence import Evidence, carried_by
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.matcher import Matcher
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.notification_sites import notification_sites
from watchbill_stack.check.population import Population, can_agree, one_sided
from watchbill_stack.check.routing import Route
from watchbill_stack.check.rules import UNREACHABLE_INHIBITION, UNREACHABLE_ROUTE, UNROUTED_ALERT
from watchbill_stack.check.site import Site

_SEVERITIES = tuple(value for part in get_args(AlertSeverity) for value in get_args(part))


def unrouted_alerts(built: Built, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """Each alert of a team of the stack is walked through the routes."""
    teams = {team.name for team in built.stack.teams}
    root = Route.of(route_tree(built.stack, built.profile))
    for site in read:
        alert = site.subject
        if isinstance(alert, Alert) and site.role == "alert" and alert.team.name in teams:
            yield from _unrouted(site, alert, carried_by(site, inferences.get(site)), root)


def notification_findings(built: Built, evidence: Evidence) -> Iterator[Finding]:
    """Every route and every inhibition is tried on all alerts."""
    read = tuple(notification_sites(built))
    routes = {id(site.subject): site for site in read if isinstance(site.subject, Route)}
    root = next((site.subject for site in routes.values()), None)
    if isinstance(root, Route):
        yield from _unreachable(evidence.alerts, root, routes)
    population = Population(evidence.alerts)
    for site in read:
        if isinstance(site.subject, Inhibition):
            yield from _inhibition(site, site.subject, population)


def _unrouted(site: Site, alert: Alert, carried: Carried, root: Route) -> Iterator[Finding]:
    if alert.severity not in _SEVERITIES:
        message = f"{alert.severity!r} is no severity that routes know"
        yield Finding(rule=UNROUTED_ALERT, site=site, message=message, nearest=nearest(alert.severity, _SEVERITIES))
    elif not root.claims(carried):
        yield Finding(rule=UNROUTED_ALERT, site=site, message="no route claims it; it ends in the catch-all")


def _unreachable(alerts: Iterable[Carried], root: Route, sites: Mapping[int, Site]) -> Iterator[Finding]:
    reached = {id(route) for carried in alerts for route in root.reached(carried)}
    for route in root.walk():
        # A stack without an alert that notifies nobody keeps the route to nobody all the same.
        if id(route) not in reached and route is not root and route.receiver != NULL:
            message = f"no alert reaches the {route.title}"
            yield Finding(rule=UNREACHABLE_ROUTE, site=sites[id(route)], message=message)


def _inhibition(site: Site, rule: Inhibition, population: Population) -> Iterator[Finding]:
    sides = {"source": rule.source, "target": rule.target}
    conditions = {side: tuple(map(Matcher.of, matchers)) for side, matchers in sides.items()}
    meeting = {side: population.meeting(matchers) for side, matchers in conditions.items()}
    for side, found in meeting.items():
        if not found:
            message = f"no alert meets its {side}, {', '.join(sides[side])}"
            yield Finding(rule=UNREACHABLE_INHIBITION, site=site, message=message)
            return
    equal = [label.name for label in rule.equal]
    sources, targets = meeting["source"], meeting["target"]
    if not can_agree(sources, targets, equal):
        message = f"no alert that meets its source and no alert that meets its target agree in {', '.join(equal)}"
        yield Finding(rule=UNREACHABLE_INHIBITION, site=site, message=message)
        return
    # Alertmanager lets no alert that meets both sides be silenced by another such alert.
    only_sources = one_sided(sources, conditions["target"])
    only_targets = one_sided(targets, conditions["source"])
    if not can_agree(only_sources, targets, equal) and not can_agree(sources, only_targets, equal):
        message = "whatever meets its source and its target meets both, and such alerts do not silence each other"
        yield Finding(rule=UNREACHABLE_INHIBITION, site=site, message=message)
