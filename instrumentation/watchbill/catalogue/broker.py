"""Queues of Celery and arq, as their Redis shows them to the exporter."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.queue import PRIORITY
from watchbill.catalogue.redis_server.keys import REDIS_KEY
from watchbill.catalogue.redis_server.keyspace import REDIS_DB
from watchbill.catalogue.unit import Unit

MOST_QUEUES = 300
MOST_PRIORITY_STEPS = 10
MOST_APPLICATIONS = 16

QUEUE_NAME = Label(name="queue_name", help="A queue that the configuration names.", bound=MOST_QUEUES)
DECLARED_QUEUE = Label(name="queue", help="A queue that the configuration names.", bound=MOST_QUEUES)

CELERY_QUEUE_LENGTH = Gauge(
    name="celery_queue_length",
    help="Messages that wait in the queue, of all priorities; 0 for a queue that does not exist.",
    labels=(QUEUE_NAME,),
)
CELERY_QUEUE_PRIORITY_LENGTH = Gauge(
    name="celery_queue_priority_length",
    help="Messages that wait in the queue, by the step of priorities whose list they are in.",
    labels=(QUEUE_NAME, PRIORITY),
    at_most=MOST_QUEUES * MOST_PRIORITY_STEPS,
)
CELERY_QUEUE_OLDEST = Gauge(
    name="celery_queue_oldest_message_seconds",
    help="Age of the message that has waited longest; 0 in an empty queue, absent where messages do not tell.",
    unit=Unit.SECONDS,
    labels=(QUEUE_NAME,),
)
CELERY_QUEUE_UNACKED = Gauge(
    name="celery_queue_unacked_messages",
    help="Messages that workers have taken and not acknowledged; absent while there are too many to be read.",
    labels=(QUEUE_NAME,),
)
CELERY_QUEUE_SCHEDULED = Gauge(
    name="celery_queue_scheduled_messages",
    help="Unacknowledged messages whose ETA is still to come; absent while there are too many to be read.",
    labels=(QUEUE_NAME,),
)
CELERY_UNACKED = Gauge(
    name="celery_unacked_messages",
    help="Messages of an application that workers have taken and not acknowledged; those with an ETA are among them.",
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_APPLICATIONS,
)
CELERY_UNACKED_OLDEST = Gauge(
    name="celery_unacked_oldest_seconds",
    help="Time since the message that is unacknowledged for longest was taken; 0 when there is none.",
    unit=Unit.SECONDS,
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_APPLICATIONS,
)
CELERY_WORKER_MAILBOXES = Gauge(
    name="celery_worker_mailboxes",
    help="Workers that have bound a mailbox in the broker; one that was killed stays among them for a time.",
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_APPLICATIONS,
)
DEAD_LETTERS = Gauge(
    name="queue_dead_letter_messages",
    help="Messages in the list, set or stream that the configuration declares as the dead letters of a queue.",
    labels=(DECLARED_QUEUE,),
)

ARQ_QUEUE_DUE = Gauge(
    name="arq_queue_due_jobs",
    help="Jobs that are due and not begun; 0 for a queue that does not exist.",
    labels=(QUEUE_NAME,),
)
ARQ_QUEUE_DEFERRED = Gauge(name="arq_queue_deferred_jobs", help="Jobs that wait for their time.", labels=(QUEUE_NAME,))
ARQ_QUEUE_IN_PROGRESS = Gauge(
    name="arq_queue_in_progress_jobs",
    help="Jobs that workers work on, among those that have been due longest.",
    labels=(QUEUE_NAME,),
)
ARQ_QUEUE_OLDEST = Gauge(
    name="arq_queue_oldest_due_seconds",
    help="Time that the job which has been due longest, and is not begun, has been due; 0 when there is none.",
    unit=Unit.SECONDS,
    labels=(QUEUE_NAME,),
)
ARQ_WORKER_UP = Gauge(
    name="arq_worker_up",
    help="1 while the queue has a worker's sign of life that is not older than the worker's own interval.",
    unit=Unit.BOOLEAN,
    labels=(QUEUE_NAME,),
)
ARQ_WORKER_UNTIL = Gauge(
    name="arq_worker_sign_expires_seconds",
    help="Time until the worker's sign of life expires if it gives no other.",
    unit=Unit.SECONDS,
    labels=(QUEUE_NAME,),
)


def _as_told(name: str, text: str) -> Gauge:
    return Gauge(
        name=f"arq_worker_jobs_{name}",
        help=f"{text}, as the worker that gave the last sign of life told it then.",
        labels=(QUEUE_NAME,),
    )


ARQ_WORKER_COMPLETE = _as_told("complete", "Jobs that succeeded since its start")
ARQ_WORKER_FAILED = _as_told("failed", "Jobs that failed since its start")
ARQ_WORKER_RETRIED = _as_told("retried", "Jobs that were tried again since its start")
ARQ_WORKER_ONGOING = _as_told("ongoing", "Jobs that it worked on")
