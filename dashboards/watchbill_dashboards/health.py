"""The first row: is it healthy, and if not, where."""

from watchbill.catalogue import DEPENDENCY, SERVICE, Unit
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.objectives import BUDGET_REMAINING
from watchbill.catalogue.watching import ALERT_STATE, ALERTS, UP
from watchbill.expression import Aggregate, Expression, select, total
from watchbill.links import overview_uid
from watchbill_dashboards.dependencies import UP_OR_DOWN, up
from watchbill_dashboards.explore import Link
from watchbill_dashboards.limits import (
    availability,
    error_steps,
    latency_percentile,
    latency_steps,
    percentile_text,
    success_steps,
)
from watchbill_dashboards.objectives import BUDGET_STEPS, objective_table
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.row import Row
from watchbill_dashboards.scope import DRAWN, NOTHING, RECENT, Scope
from watchbill_dashboards.stat import Stat
from watchbill_dashboards.steps import Level, Steps
from watchbill_dashboards.table import Column, Table
from watchbill_dashboards.variable import variable


def health(scope: Scope) -> Row:
    """Numbers of the whole service now, then the routes, dependencies and objectives behind them."""
    whole = scope.whole
    service = scope.service
    budget = [_budget(whole)] if service.objectives else []
    numbers = [_targets(whole), _success(whole), _latency(whole), *budget, _alerts(whole), _requests(whole)]
    where: list[Panel] = [route_table(whole)]
    if service.uses:
        where.append(_dependencies(whole))
    if service.objectives:
        where.append(objective_table(whole))
    where[0].width = 24 - sum(panel.width for panel in where[1:])
    return Row("Is it healthy?", [*numbers, *where])


def firing(scope: Scope) -> Expression:
    """Alerts that fire for the service or for what it uses."""
    fires = ALERT_STATE.equals("firing")
    found: Expression = select(ALERTS, fires, SERVICE.equals(scope.service.name))
    if scope.service.uses:
        used = DEPENDENCY.matches("|".join(one.name for one in scope.service.uses))
        found = found.or_(select(ALERTS, fires, used))
    return found


def route_table(scope: Scope) -> Table:
    """Every route with its traffic, errors and latency now."""
    percentile = latency_percentile(scope.service)
    latency = (scope.latency(percentile / 100, RECENT, ROUTE) * 1000) >= 0
    errors, slow = "Errors (%)", f"{percentile_text(percentile)} (ms)"
    limits = error_steps(scope.service).scaled(100), latency_steps(scope.service, percentile).scaled(1000)
    return Table(
        key="routes",
        title="Routes",
        description=(
            "Each route: requests per second now, and over the last 5 minutes the share that ended in a server error"
            f" and the time within which {percentile} % were answered. Click a row to see that route alone."
        ),
        by=ROUTE,
        titled="Route",
        unit=Unit.COUNT,
        decimals=2,
        columns=[
            Column(title="Requests/s", target=scope.cell(scope.requests(DRAWN, ROUTE))),
            Column(title=errors, target=scope.cell(scope.error_ratio(RECENT, ROUTE) * 100), steps=limits[0]),
            Column(title=slow, target=scope.cell(latency), steps=limits[1]),
        ],
        sorted_by="Requests/s",
        focus=_focus(scope),
        no_value="",
    )


def _focus(scope: Scope) -> Link:
    chosen = f'{variable(ROUTE)}=${{__data.fields["Route"]}}'
    url = f"/d/{overview_uid(scope.service.name)}?{chosen}&${{__url_time_range}}"
    return Link("See this route alone", url, new_tab=False)


def _targets(scope: Scope) -> Stat:
    declared = len(scope.service.targets)
    return Stat(
        key="targets",
        title=f"Targets up (of {declared})" if declared else "Targets up",
        description="Processes of the service that Prometheus could scrape just now. Red when one is missing.",
        targets=[scope.now(total(scope.gauge(UP)).or_(NOTHING))],
        unit=Unit.COUNT,
        steps=Steps.floor(Level(max(declared, 1), "green")),
    )


def _success(scope: Scope) -> Stat:
    objective = availability(scope.service)
    against = f" The objective is {objective.percent} %." if objective else ""
    return Stat(
        key="success",
        title=f"Success (objective {objective.percent} %)" if objective else "Success",
        description=f"Share of requests of the last 5 minutes that the server did not fail (no 5xx).{against}",
        targets=[scope.now(1 - scope.error_ratio(RECENT))],
        steps=success_steps(scope.service),
        decimals=2,
        no_value="no traffic",
    )


def _latency(scope: Scope) -> Stat:
    percentile = latency_percentile(scope.service)
    steps = latency_steps(scope.service, percentile)
    limit = f" (limit {float(steps.levels[0].value):g} s)" if steps.levels else ""
    return Stat(
        key="latency-now",
        title=f"{percentile_text(percentile)} latency{limit}",
        description=f"Time within which {percentile} % of the requests of the last 5 minutes were fully answered.",
        targets=[scope.now(scope.latency(percentile / 100, RECENT))],
        steps=steps,
        no_value="no traffic",
    )


def _budget(scope: Scope) -> Stat:
    left = select(BUDGET_REMAINING, SERVICE.equals(scope.service.name))
    return Stat(
        key="budget-worst",
        title="Error budget left (worst)",
        description=(
            "Share of the 30-day error budget that is left, of the objective that is worst off."
            " Below 0 the objective is missed."
        ),
        targets=[scope.now(Aggregate("min", left))],
        steps=BUDGET_STEPS,
        decimals=1,
        no_value="no traffic",
    )


def _alerts(scope: Scope) -> Stat:
    return Stat(
        key="alerts",
        title="Alerts firing",
        description="Alerts that fire now for this service or for what it uses.",
        targets=[scope.now(Aggregate("count", firing(scope)).or_(NOTHING))],
        steps=Steps.ceiling(Level(1, "red")),
    )


def _requests(scope: Scope) -> Stat:
    return Stat(
        key="requests-now",
        title="Requests per second",
        description="Requests answered per second just now, all routes and instances together.",
        targets=[scope.now(scope.requests(DRAWN))],
    )


def _dependencies(scope: Scope) -> Stat:
    return Stat(
        key="dependencies",
        title="Dependencies",
        description="Whether each Redis and PostgreSQL behind the service answered the exporter just now.",
        targets=[scope.now(up(one), one.name) for one in scope.service.uses],
        texts=UP_OR_DOWN,
        height=8,
    )
