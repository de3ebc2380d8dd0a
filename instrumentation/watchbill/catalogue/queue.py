"""What a service says about its queues: Celery, arq, taskiq, and home-made ones."""

from watchbill.catalogue.buckets import BACKGROUND_SECONDS, COUNTS, QUEUE_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

PUBLISHED = "published"
STARTED = "started"
SUCCEEDED = "succeeded"
FAILED = "failed"
RETRIED = "retried"
DEAD_LETTERED = "dead_lettered"
REVOKED = "revoked"
LOST = "lost"

QUEUE = Label(name="queue", help="The queue's name, as the broker or the declaration has it.", bound=30)
TASK = Label(name="task", help="The task's name, as its library has it.", bound=200)
PRIORITY = Label(
    name="priority",
    help="The message's priority as the queue names it: critical to batch, or the broker's number; "
    "default without one, all where the broker does not tell them apart.",
    bound=20,
)
MESSAGE_STATUS = Label(
    name="status",
    help="What became of a message. Each is published once and ends once in succeeded, failed, dead_lettered or "
    "revoked; each delivery starts once, and ends so, or in retried (it will come again) or lost (its worker died).",
    values=(PUBLISHED, STARTED, SUCCEEDED, FAILED, RETRIED, DEAD_LETTERED, REVOKED, LOST),
)
REASON = Label(
    name="reason",
    help="Why a message was given up: the exception's class, or the declared reason.",
    bound=30,
)
TOKEN_OUTCOME = Label(name="outcome", help="Whether the bucket gave a token.", values=("acquired", "rejected"))

QUEUE_MESSAGES = Counter(
    name="queue_messages_total",
    help="Messages by what became of them.",
    labels=(QUEUE, TASK, MESSAGE_STATUS),
)
QUEUE_DEAD_LETTERS = Counter(
    name="queue_dead_letters_total",
    help="Messages that were given up after their last attempt, or refused.",
    labels=(QUEUE, TASK, REASON),
)
QUEUE_RUNNING = Gauge(
    name="queue_tasks_running",
    help="Messages being worked on.",
    labels=(QUEUE, TASK),
)
QUEUE_PRIORITY_MESSAGES = Counter(
    name="queue_priority_messages_total",
    help="The same messages by priority, in queues whose messages have one.",
    labels=(QUEUE, PRIORITY, MESSAGE_STATUS),
)
QUEUE_PRIORITY_RUNNING = Gauge(
    name="queue_priority_running",
    help="Messages being worked on by priority, in queues whose messages have one.",
    labels=(QUEUE, PRIORITY),
)
QUEUE_DURATION = Histogram(
    name="queue_task_duration_seconds",
    help="Time a worker spent on one delivery of a message, whatever the outcome.",
    unit=Unit.SECONDS,
    labels=(QUEUE, TASK),
    buckets=BACKGROUND_SECONDS,
)
QUEUE_WAIT = Histogram(
    name="queue_wait_seconds",
    help="Time from when a delivery was due (its ETA or retry delay over) to when a worker began it.",
    unit=Unit.SECONDS,
    labels=(QUEUE, TASK),
    buckets=QUEUE_SECONDS,
)
QUEUE_CLOCK_SKEW = Counter(
    name="queue_clock_skew_total",
    help="Deliveries that seemed to begin before they were due, which counts as no wait: clocks differ.",
    labels=(QUEUE,),
)
QUEUE_ATTEMPTS = Histogram(
    name="queue_message_attempts",
    help="Deliveries a message needed until it ended.",
    labels=(QUEUE, TASK),
    buckets=(1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
)
QUEUE_BATCH_SIZE = Histogram(
    name="queue_batch_messages",
    help="Messages worked on together.",
    labels=(QUEUE,),
    buckets=COUNTS,
)
QUEUE_DEPTH = Gauge(
    name="queue_depth",
    help="Messages that wait in the broker, due and not taken by any worker.",
    labels=(QUEUE, PRIORITY),
)
QUEUE_OLDEST = Gauge(
    name="queue_oldest_message_seconds",
    help="Age of the message that has waited longest; 0 in an empty queue, absent where the broker cannot tell.",
    unit=Unit.SECONDS,
    labels=(QUEUE,),
    highest=True,
)
QUEUE_SCHEDULED = Gauge(
    name="queue_scheduled",
    help="Messages that wait for their ETA or the end of a retry delay.",
    labels=(QUEUE,),
)
QUEUE_PREFETCHED = Gauge(
    name="queue_prefetched",
    help="Messages that workers have taken and not begun.",
    labels=(QUEUE,),
)
QUEUE_WORKERS = Gauge(name="queue_workers", help="Workers that take messages from the queue.", labels=(QUEUE,))
QUEUE_POLL_ERRORS = Counter(
    name="queue_poll_errors_total",
    help="Times that depth, age and backlog could not be read from the broker, or not in time.",
    labels=(QUEUE,),
)
QUEUE_POLLED = Gauge(
    name="queue_polled_timestamp_seconds",
    help="When depth, age and backlog were last read from the broker.",
    unit=Unit.TIMESTAMP,
    labels=(QUEUE,),
)
TOKENS = Counter(
    name="queue_tokens_total",
    help="Requests for a token of the queue's token bucket.",
    labels=(QUEUE, TOKEN_OUTCOME),
)
TOKENS_AVAILABLE = Gauge(name="queue_tokens_available", help="Tokens in the queue's bucket.", labels=(QUEUE,))
