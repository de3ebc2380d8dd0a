"""What a service says about its background tasks."""

from watchbill.catalogue.buckets import BACKGROUND_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

SUCCEEDED = "succeeded"
FAILED = "failed"
CANCELLED = "cancelled"

TASK = Label(
    name="task",
    help="The task's given name, or its function's qualified name without the module.",
    bound=100,
)
OUTCOME = Label(
    name="outcome",
    help="How the task ended: it returned, raised an exception, or was cancelled.",
    values=(SUCCEEDED, FAILED, CANCELLED),
)

BACKGROUND_TASKS_STARTED = Counter(
    name="background_tasks_started_total",
    help="Background tasks begun: those that run after a response, those spawned, and calls of declared tasks.",
    labels=(TASK,),
)
BACKGROUND_TASKS_RUNNING = Gauge(
    name="background_tasks_running",
    help="Background tasks begun and not ended.",
    labels=(TASK,),
)
BACKGROUND_TASKS = Counter(
    name="background_tasks_total",
    help="Background tasks ended, by outcome.",
    labels=(TASK, OUTCOME),
)
BACKGROUND_TASK_DURATION = Histogram(
    name="background_task_duration_seconds",
    help="Time from a background task's begin to its end, waiting for a thread included, whatever the outcome.",
    unit=Unit.SECONDS,
    labels=(TASK,),
    buckets=BACKGROUND_SECONDS,
)
