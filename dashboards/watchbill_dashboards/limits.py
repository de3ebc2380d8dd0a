"""A service's own limits, as colours on its panels."""

from decimal import Decimal

from watchbill.objective import Availability, Latency
from watchbill.service import Service
from watchbill.threshold import MaxErrorRatio, MaxLatency
from watchbill_dashboards.steps import PLAIN, Level, Steps

DEFAULT_PERCENTILE = Decimal(95)


def availability(service: Service) -> Availability | None:
    """The service's first objective on server errors that counts all routes."""
    return next((one for one in service.objectives if isinstance(one, Availability) and one.route is None), None)


def latency_percentile(service: Service) -> Decimal:
    """The percentile that the service's first limit on the latency of all routes speaks of; 95 without one."""
    wanted = [one.percent for one in service.objectives if isinstance(one, Latency) and one.route is None]
    wanted += [one.percentile for one in service.thresholds if isinstance(one, MaxLatency)]
    return wanted[0] if wanted else DEFAULT_PERCENTILE


def success_steps(service: Service) -> Steps:
    """Red below the threshold, orange below the objective, green from it."""
    objective = availability(service)
    levels: list[Level] = [
        Level(1 - one.limit, "orange") for one in service.thresholds if isinstance(one, MaxErrorRatio)
    ]
    if objective is not None:
        levels.append(Level(objective.ratio, "green"))
    return Steps.floor(*levels) if levels else PLAIN


def error_steps(service: Service) -> Steps:
    """A line at the objective's budget and one at each threshold."""
    objective = availability(service)
    levels: list[Level] = [] if objective is None else [Level(objective.budget, "orange")]
    levels += [Level(one.limit, "red") for one in service.thresholds if isinstance(one, MaxErrorRatio)]
    return Steps.ceiling(*levels) if levels else PLAIN


def latency_steps(service: Service, percentile: Decimal | None = None) -> Steps:
    """A line at each limit on the latency of all routes, or only at those on one percentile."""
    objectives = [
        one
        for one in service.objectives
        if isinstance(one, Latency) and one.route is None and percentile in {None, one.percent}
    ]
    thresholds = [
        one for one in service.thresholds if isinstance(one, MaxLatency) and percentile in {None, one.percentile}
    ]
    levels: list[Level] = [Level(one.seconds, "orange") for one in objectives]
    levels += [Level(one.limit, "red") for one in thresholds]
    return Steps.ceiling(*levels) if levels else PLAIN


def percentile_text(percentile: Decimal) -> str:
    """A percentile as people write it: `p95`, `p99.9`."""
    return f"p{percentile.normalize():f}"
