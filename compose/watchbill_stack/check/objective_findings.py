"""Objectives whose alerts cannot work."""

from collections.abc import Iterable, Iterator

from watchbill.burn_rate import BURN_RATES
from watchbill.expression.node import number_text
from watchbill.objective import Objective
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.rules import UNFIREABLE_OBJECTIVE
from watchbill_stack.check.site import Site


def objective_findings(read: Iterable[Site]) -> Iterator[Finding]:
    """One for each objective that not even a total outage can miss fast enough."""
    fastest = max(BURN_RATES, key=lambda rate: rate.factor)
    for site in read:
        objective = site.subject
        if not isinstance(objective, Objective) or fastest.factor * objective.budget < 1:
            continue
        threshold = number_text(fastest.factor * objective.budget)
        message = (
            f"with {number_text(objective.percent)} % the {fastest.tier} burn never fires: it asks for an error ratio"
            f" above {number_text(fastest.factor)} × {number_text(objective.budget)} = {threshold}"
        )
        least = 100 * (1 - 1 / fastest.factor)
        yield Finding(rule=UNFIREABLE_OBJECTIVE, site=site, message=message, nearest=f"above {least:.2f} %")
