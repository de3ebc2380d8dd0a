"""What the service promises: how much of each error budget is left, and how fast it goes."""

from watchbill.burn_rate import BURN_RATES, PERIOD, BurnRate
from watchbill.catalogue import SERVICE, Recorded, Unit
from watchbill.catalogue.objectives import BUDGET_REMAINING, OBJECTIVE_RATIO, PERIOD_ERROR_RATIO, SLO, error_ratio
from watchbill.expression import Aggregate, Expression, select
from watchbill_dashboards.row import Row
from watchbill_dashboards.scope import Scope
from watchbill_dashboards.steps import Level, Steps
from watchbill_dashboards.table import Column, Table
from watchbill_dashboards.target import Target
from watchbill_dashboards.timeseries import TimeSeries

BUDGET_STEPS = Steps.floor(Level(0, "orange"), Level(0.25, "green"))
_PAGES = tuple(rate for rate in BURN_RATES if rate.severity == "critical")


def objectives(scope: Scope) -> Row:
    """The budgets of all objectives over time."""
    return Row("Objectives", [_budget(scope), _burn_rate(scope)] if scope.service.objectives else [])


def objective_table(scope: Scope) -> Table:
    """Every objective with what is asked, what was kept, and what is left."""
    period = f"{PERIOD.removesuffix('d')} days"
    good = 1 - _kept(scope, PERIOD_ERROR_RATIO)
    return Table(
        key="objectives",
        title="Objectives",
        description=(
            f"Each objective: the share of requests that must be good, the share that was good over {period}, and"
            " how much of the error budget is left. Below 0 % the objective is missed."
        ),
        by=SLO,
        titled="Objective",
        columns=[
            Column(title="Asked", target=scope.cell(_kept(scope, OBJECTIVE_RATIO))),
            Column(title=f"Good over {period}", target=scope.cell(good)),
            Column(title="Budget left", target=scope.cell(_kept(scope, BUDGET_REMAINING)), steps=BUDGET_STEPS),
        ],
        sorted_by="Budget left",
        ascending=True,
        decimals=2,
        texts={one.name: (one.title, None) for one in scope.service.objectives},
        width=10,
    )


def _budget(scope: Scope) -> TimeSeries:
    return TimeSeries(
        key="budget",
        title="Error budget left",
        description=(
            "Share of the 30-day error budget that is left, for each objective. A slope is a fault that goes on;"
            " below 0 the objective is missed."
        ),
        targets=[scope.target(_kept(scope, BUDGET_REMAINING), SLO)],
        steps=Steps.floor(Level(0, "green")),
        minimum=None,
        maximum=1,
        width=12,
    )


def _burn_rate(scope: Scope) -> TimeSeries:
    return TimeSeries(
        key="burn-rate",
        title="How fast the budget burns",
        description=(
            "How many times faster than allowed the error budget is spent. At 1 it lasts exactly 30 days;"
            " at a dashed line someone is paged."
        ),
        targets=[_burning(scope, rate) for rate in _PAGES],
        unit=Unit.COUNT,
        steps=Steps.ceiling(*(Level(rate.factor, "red") for rate in _PAGES)),
        width=12,
    )


def _burning(scope: Scope, rate: BurnRate) -> Target:
    allowed = 1 - _kept(scope, OBJECTIVE_RATIO)
    legend = f"{{{{{scope.service.names.label(SLO)}}}}} over {rate.long}"
    return scope.target(_kept(scope, error_ratio(rate.long)) / allowed, legend)


def _kept(scope: Scope, metric: Recorded) -> Expression:
    return Aggregate("max", select(metric, SERVICE.equals(scope.service.name)), (SLO,))
