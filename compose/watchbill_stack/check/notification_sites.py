"""Where notifications refer to labels: routes and inhibitions."""

from collections.abc import Iterator

from watchbill_alerts.inhibition import Inhibition, inhibitions
from watchbill_alerts.routes import route_tree
from watchbill_stack.check.built import Built
from watchbill_stack.check.routing import Route
from watchbill_stack.check.site import Site


def notification_sites(built: Built) -> Iterator[Site]:
    """One site for each route and each inhibition; the lines are the teams' where a route is made for one."""
    stack = built.stack
    places = {team.name: team.place for team in stack.teams}
    for route in Route.of(route_tree(stack, built.profile)).walk():
        place = next((places[one.value] for one in route.matchers if one.value in places), stack.place)
        yield Site(role="route", name=route.title, service="", place=place, declared=place, subject=route)
    for rule in inhibitions(stack, built.alerts):
        yield Site(role="route", name=_title(rule), service="", place=rule.place, declared=stack.place, subject=rule)


def _title(rule: Inhibition) -> str:
    return f"inhibition of {', '.join(rule.target)} by {', '.join(rule.source)}"
