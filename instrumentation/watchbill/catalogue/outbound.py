"""What a service says about the calls it makes to others."""

from watchbill.catalogue.buckets import OUTBOUND_SECONDS
from watchbill.catalogue.http import EXCEPTION, METHOD, STATUS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

UNDECLARED = "undeclared"

UPSTREAM = Label(
    name="upstream",
    help="The declared name of who is called; undeclared for a host that no declaration names.",
    bound=50,
)
PHASE = Label(name="phase", help="What took too long.", values=("connect", "read", "write", "pool", "other"))
API = Label(
    name="api", help="What was asked of an AI provider, as declared: `chat`, `embedding`, `moderation`.", bound=30
)
MODEL = Label(name="model", help="The model's name as the answer says it; unknown where it does not.", bound=30)
DIRECTION = Label(
    name="direction",
    help="Tokens read, written, or read from the provider's cache.",
    values=("input", "output", "cached"),
)
CALL_OUTCOME = Label(
    name="outcome",
    help="How the call ended; cached where no call was needed.",
    values=("succeeded", "failed", "cached"),
)

CLIENT_REQUESTS = Counter(
    name="http_client_requests_total",
    help="Calls answered, by status; each attempt is one.",
    unit=Unit.REQUESTS,
    labels=(UPSTREAM, METHOD, STATUS),
)
CLIENT_ERRORS = Counter(
    name="http_client_errors_total",
    help="Calls that got no answer, or not all of it, by the exception's class.",
    labels=(UPSTREAM, METHOD, EXCEPTION),
)
CLIENT_DURATION = Histogram(
    name="http_client_request_duration_seconds",
    help="Time from the call to the end of its answer's body, or to its failure.",
    unit=Unit.SECONDS,
    labels=(UPSTREAM, METHOD),
    buckets=OUTBOUND_SECONDS,
)
CLIENT_TIMEOUTS = Counter(
    name="http_client_timeouts_total",
    help="Calls that ended because a phase took too long.",
    labels=(UPSTREAM, PHASE),
)
CLIENT_ATTEMPTS = Histogram(
    name="http_client_attempts",
    help="Attempts that one call of the application took, redirects not counted.",
    labels=(UPSTREAM,),
    buckets=(1.0, 2.0, 3.0, 5.0, 10.0),
)
CLIENT_IN_PROGRESS = Gauge(
    name="http_client_requests_in_progress",
    help="Calls whose answer is not complete.",
    unit=Unit.REQUESTS,
    labels=(UPSTREAM,),
)
AI_CALLS = Counter(
    name="ai_calls_total",
    help="Calls of an AI provider's API.",
    labels=(UPSTREAM, API, CALL_OUTCOME),
)
AI_CALL_DURATION = Histogram(
    name="ai_call_duration_seconds",
    help="Time of a call of an AI provider's API, retries included.",
    unit=Unit.SECONDS,
    labels=(UPSTREAM, API),
    buckets=OUTBOUND_SECONDS,
)
AI_TOKENS = Counter(
    name="ai_tokens_total",
    help="Tokens, where the answer says how many.",
    labels=(UPSTREAM, API, MODEL, DIRECTION),
)
AI_COST = Counter(
    name="ai_cost_usd_total",
    help="US dollars by the declared price of the model's tokens, or as the answer says.",
    labels=(UPSTREAM, API, MODEL),
)
