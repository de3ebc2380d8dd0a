"""What recording rules keep about a service's objectives.

Good and total are recorded apart, per window, and divided last: averaging ratios would weigh a quiet hour
like a busy one (slok/sloth#618).
"""

from functools import cache

from watchbill.burn_rate import WINDOWS
from watchbill.catalogue.label import SERVICE, Label, Origin
from watchbill.catalogue.metric import Recorded
from watchbill.catalogue.unit import Unit

SLO = Label(name="slo", help="The objective's name, unique within its service.", bound=20, origin=Origin.EXTERNAL)
OBJECTIVE_LABELS = (SERVICE, SLO)


@cache
def events_total(window: str) -> Recorded:
    """Requests that count for the objective, per second over the window."""
    return Recorded(
        name=f"slo:events_total:rate{window}",
        help=f"Requests that count for the objective, per second over {window}.",
        unit=Unit.PER_SECOND,
        labels=OBJECTIVE_LABELS,
    )


@cache
def events_good(window: str) -> Recorded:
    """Requests that met the objective, per second over the window."""
    return Recorded(
        name=f"slo:events_good:rate{window}",
        help=f"Requests that met the objective, per second over {window}.",
        unit=Unit.PER_SECOND,
        labels=OBJECTIVE_LABELS,
    )


@cache
def error_ratio(window: str) -> Recorded:
    """The share of requests that missed the objective over the window, 0 to 1; absent without traffic."""
    return Recorded(
        name=f"slo:error_ratio:rate{window}",
        help=f"Share of requests that missed the objective over {window}; absent without traffic.",
        unit=Unit.RATIO,
        labels=OBJECTIVE_LABELS,
    )


PER_WINDOW = tuple(record(window) for record in (events_total, events_good, error_ratio) for window in WINDOWS)
EVENTS_TOTAL_INCREASE = Recorded(
    name="slo:events_total:increase5m",
    help="Requests that count for the objective, in 5 minutes.",
    labels=OBJECTIVE_LABELS,
)
EVENTS_GOOD_INCREASE = Recorded(
    name="slo:events_good:increase5m",
    help="Requests that met the objective, in 5 minutes.",
    labels=OBJECTIVE_LABELS,
)
OBJECTIVE_RATIO = Recorded(
    name="slo:objective:ratio",
    help="The objective itself: the share of requests that must be good, 0 to 1.",
    unit=Unit.RATIO,
    labels=OBJECTIVE_LABELS,
)
PERIOD_ERROR_RATIO = Recorded(
    name="slo:period_error:ratio",
    help="Share of the period's requests that missed the objective, weighted by traffic.",
    unit=Unit.RATIO,
    labels=OBJECTIVE_LABELS,
)
BUDGET_REMAINING = Recorded(
    name="slo:error_budget_remaining:ratio",
    help="Share of the period's error budget that is left; below 0 when overspent.",
    unit=Unit.RATIO,
    labels=OBJECTIVE_LABELS,
)
