"""Multi-window, multi-burn-rate alerting: when an error budget burns too fast.

The four conditions are those of the Site Reliability Workbook, chapter "Alerting on SLOs", table 5-8 and the
3-day ticket above it: the share of a 30-day budget that may be spent within the long window, and a short window
of a twelfth of it that ends the alert soon after the errors end.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from watchbill.duration import seconds

PERIOD = "30d"
Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Tier = Literal["fast", "medium", "slow", "trickle"]


@dataclass(frozen=True, slots=True)
class BurnRate:
    """One condition: `budget_share` of the period's budget spent within the `long` window."""

    tier: Tier
    severity: Severity
    long: str
    short: str
    budget_share: Decimal

    @property
    def factor(self) -> Decimal:
        """How many times faster than allowed the budget burns: share of budget × period ÷ long window."""
        return self.budget_share * Decimal(seconds(PERIOD)) / Decimal(seconds(self.long))


BURN_RATES = (
    BurnRate("fast", "critical", "1h", "5m", Decimal("0.02")),
    BurnRate("medium", "critical", "6h", "30m", Decimal("0.05")),
    BurnRate("slow", "warning", "1d", "2h", Decimal("0.1")),
    BurnRate("trickle", "warning", "3d", "6h", Decimal("0.1")),
)
MINIMUM_BAD_EVENTS = 5
"""Bad requests the long window must hold before it may alert, so that single failures at night wake nobody.

A minimum of requests, good or bad, would keep a total outage silent where there is little traffic.
"""

WINDOWS = tuple(sorted({window for rate in BURN_RATES for window in (rate.long, rate.short)}, key=seconds))
