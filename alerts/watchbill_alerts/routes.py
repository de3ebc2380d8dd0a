"""Who hears of what: routes by team and severity, and the receivers they end in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchbill import duration
from watchbill.catalogue import DEPENDENCY, SERVICE
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import ALERT_NAME, SEVERITY
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill.team import Receiver, Team
from watchbill_alerts.alert import Alert
from watchbill_alerts.labels import TEAM
from watchbill_alerts.matchers import any_of, exactly
from watchbill_alerts.watchdog import WATCHDOG

CATCH_ALL, NULL, DEAD_MAN = "catch-all", "null", "watchdog"
# One conversation for each service, objective or dependency: when a fast burn ends while a slower one still holds, the
# same group goes on instead of paging anew.
_GROUP_BY = (SERVICE, SLO, DEPENDENCY)


@dataclass(frozen=True, slots=True)
class RouteExpectation:
    """An alert with these labels reaches this receiver and no other."""

    labels: Mapping[str, str]
    receiver: str


def page_of(team: Team) -> str:
    """The name of the receiver that wakes a team."""
    return f"{team.name}-page"


def ticket_of(team: Team) -> str:
    """The name of the receiver that waits for a team's office hours."""
    return f"{team.name}-ticket"


def receivers(stack: Stack) -> Mapping[str, Receiver | None]:
    """Every receiver by its name; None notifies nobody."""
    of_teams = {name: receiver for team in stack.teams for name, receiver in _of_team(team).items()}
    dead_man = {} if stack.watchdog is None else {DEAD_MAN: stack.watchdog}
    return {CATCH_ALL: stack.catch_all, **of_teams, **dead_man, NULL: None}


def route_tree(stack: Stack, profile: Profile) -> dict[str, object]:
    """The root route; what no other claims ends in the catch-all, which a human sees."""
    return {
        "receiver": CATCH_ALL,
        "group_by": [label.name for label in _GROUP_BY],
        "group_wait": duration.text(profile.group_wait),
        "group_interval": duration.text(profile.group_interval),
        "repeat_interval": duration.text(profile.ticket_repeat),
        "routes": [
            _watchdog_route(stack, profile),
            {"receiver": NULL, "matchers": [any_of(SEVERITY, ("info", "none"))]},
            *(_team_route(team, profile) for team in stack.teams),
        ],
    }


def route_expectations(stack: Stack, alerts: Iterable[Alert]) -> list[RouteExpectation]:
    """Where each alert must arrive, and that an alert of nobody arrives at the catch-all."""
    expected = [RouteExpectation(_labels(alert), _expected(stack, alert)) for alert in alerts]
    stranger = {ALERT_NAME.name: "OfNobody", SEVERITY.name: "critical", TEAM.name: "nobody"}
    return [*expected, RouteExpectation(stranger, CATCH_ALL)]


def _of_team(team: Team) -> dict[str, Receiver]:
    return {page_of(team): team.page, ticket_of(team): team.ticket}


def _team_route(team: Team, profile: Profile) -> dict[str, object]:
    page = {
        "receiver": page_of(team),
        "matchers": [exactly(SEVERITY, "critical")],
        "repeat_interval": duration.text(profile.page_repeat),
    }
    return {"receiver": ticket_of(team), "matchers": [exactly(TEAM, team.name)], "routes": [page]}


def _watchdog_route(stack: Stack, profile: Profile) -> dict[str, object]:
    route: dict[str, object] = {
        "receiver": NULL if stack.watchdog is None else DEAD_MAN,
        "matchers": [exactly(ALERT_NAME, WATCHDOG)],
    }
    if stack.watchdog is None:
        return route
    # A group is looked at once in group_interval; a repeat that is no longer than that would skip every other look.
    look = min(profile.group_interval, profile.watchdog_repeat / 2)
    return route | {
        "group_wait": "0s",
        "group_interval": duration.text(look),
        "repeat_interval": duration.text(profile.watchdog_repeat),
    }


def _labels(alert: Alert) -> dict[str, str]:
    return {ALERT_NAME.name: alert.name} | {label.name: value for label, value in alert.labels.items()}


def _expected(stack: Stack, alert: Alert) -> str:
    if alert.name == WATCHDOG:
        return NULL if stack.watchdog is None else DEAD_MAN
    match alert.severity:
        case "critical":
            return page_of(alert.team)
        case "warning":
            return ticket_of(alert.team)
        case _:
            return NULL
