"""What a service says about its pipelines and batch jobs."""

from watchbill.catalogue.buckets import BACKGROUND_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

SUCCEEDED = "succeeded"
FAILED = "failed"
SKIPPED = "skipped"
CACHED = "cached"
CANCELLED = "cancelled"
SUBMITTED = "submitted"

STEP = Label(name="step", help="The step's declared name: `validate`, `thumbnail`.", bound=50)
VARIANT = Label(
    name="variant", help="The declared kind of item, such as an image's size class; none without one.", bound=20
)
ITEM_OUTCOME = Label(
    name="outcome",
    help="What became of an item; cached where an earlier result was used.",
    values=(SUCCEEDED, FAILED, SKIPPED, CACHED, CANCELLED),
)
BATCH = Label(name="batch", help="The batch job's declared name.", bound=50)
BATCH_STATUS = Label(name="status", help="What became of a job.", values=(SUBMITTED, SUCCEEDED, FAILED, CANCELLED))

STEP_ITEMS = Counter(
    name="work_items_total",
    help="Items that went through a step, by outcome; their rate is the step's throughput.",
    labels=(STEP, VARIANT, ITEM_OUTCOME),
)
STEP_DURATION = Histogram(
    name="work_step_duration_seconds",
    help="Time of one passage through a step.",
    unit=Unit.SECONDS,
    labels=(STEP, VARIANT),
    buckets=BACKGROUND_SECONDS,
)
STEP_RUNNING = Gauge(name="work_items_in_progress", help="Items that are in a step.", labels=(STEP,))
BATCH_JOBS = Counter(name="batch_jobs_total", help="Batch jobs, by what became of them.", labels=(BATCH, BATCH_STATUS))
BATCH_RUNNING = Gauge(name="batch_jobs_running", help="Batch jobs begun and not ended.", labels=(BATCH,))
BATCH_ITEMS = Counter(name="batch_items_total", help="Items of batch jobs, by outcome.", labels=(BATCH, ITEM_OUTCOME))
BATCH_PROGRESS = Gauge(
    name="batch_progress_ratio",
    help="Part of the items of the running jobs that is done; 1 when the last has succeeded.",
    unit=Unit.RATIO,
    labels=(BATCH,),
    latest=True,
)
BATCH_DURATION = Histogram(
    name="batch_duration_seconds",
    help="Time of a whole batch job.",
    unit=Unit.SECONDS,
    labels=(BATCH,),
    buckets=(1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0),
)
