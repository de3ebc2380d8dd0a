"""What becomes of spans on their way out."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter

QUEUE_FULL = "queue_full"
EXPORT_FAILED = "export_failed"
CLOSED = "closed"

LOSS = Label(
    name="reason",
    help="Why it was lost: too many waited, the collector did not take it, or the process ended first.",
    values=(QUEUE_FULL, EXPORT_FAILED, CLOSED),
)
SPANS_DROPPED = Counter(
    name="watchbill_spans_dropped_total", help="Sampled spans that did not reach the collector.", labels=(LOSS,)
)
