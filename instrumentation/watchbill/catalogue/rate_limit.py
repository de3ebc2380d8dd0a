"""What a rate limiter says about its decisions."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter
from watchbill.catalogue.unit import Unit

LIMIT = Label(name="limit", help="The limit's declared name, or its own text such as `100 per 1 minute`.", bound=50)
SCOPE = Label(
    name="scope",
    help="What the limit counts by, as declared: `ip`, `user`, `api_key`, `global`; never the key itself.",
    bound=20,
)
OUTCOME = Label(
    name="outcome",
    help="What the limit said; error where the limiter failed, whatever it did with the request then.",
    values=("allowed", "limited", "error"),
)

RATE_LIMIT_DECISIONS = Counter(
    name="rate_limit_decisions_total",
    help="Decisions of rate limits: a request that passes three limits counts once in each.",
    unit=Unit.REQUESTS,
    labels=(LIMIT, SCOPE, OUTCOME),
)
