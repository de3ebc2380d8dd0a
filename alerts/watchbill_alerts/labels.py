"""Labels that only alerts carry."""

from watchbill.burn_rate import BURN_RATES
from watchbill.catalogue.label import Label, Origin

TEAM = Label(name="team", help="Who is told.", bound=100, origin=Origin.EXTERNAL)
TIER = Label(
    name="tier",
    help="How fast an error budget burns.",
    values=tuple(rate.tier for rate in BURN_RATES),
    origin=Origin.EXTERNAL,
)
PERCENTILE = Label(name="percentile", help="The percentile a latency limit holds.", bound=10, origin=Origin.EXTERNAL)
