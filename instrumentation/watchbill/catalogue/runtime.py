"""What a process says about its event loops, thread pools and garbage collection."""

from watchbill.catalogue.buckets import COLLECTION_SECONDS, LOOP_DELAY_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.process import WORKER
from watchbill.catalogue.unit import Unit

POOL = Label(
    name="pool",
    help="Whose threads: anyio's default limiter (sync endpoints and dependencies) or asyncio's default executor.",
    values=("anyio", "asyncio"),
)
GENERATION = Label(name="generation", help="The generation that was collected.", values=("0", "1", "2"))

EVENT_LOOP_LAG = Gauge(
    name="event_loop_lag_seconds",
    help="How late the event loop ran a due callback: the most in the last 15 seconds, one that is due now included.",
    unit=Unit.SECONDS,
    labels=(WORKER,),
)
EVENT_LOOP_DELAY = Histogram(
    name="event_loop_delay_seconds",
    help="How late the event loop ran a callback, asked up to ten times a second.",
    unit=Unit.SECONDS,
    buckets=LOOP_DELAY_SECONDS,
)
ASYNCIO_TASKS = Gauge(name="asyncio_tasks", help="Tasks of asyncio that have not ended.", labels=(WORKER,))
THREAD_POOL_BUSY = Gauge(
    name="thread_pool_threads_busy",
    help="Threads of the pool in use at once: the most seen in the last 15 seconds.",
    labels=(POOL, WORKER),
)
THREAD_POOL_MAX = Gauge(name="thread_pool_threads_max", help="Threads the pool may have in use.", labels=(POOL, WORKER))
THREAD_POOL_WAITING = Gauge(
    name="thread_pool_waiting",
    help="Calls that wait for a thread of the pool: the most seen in the last 15 seconds.",
    labels=(POOL, WORKER),
)

GC_COLLECTIONS = Counter(name="python_gc_collections_total", help="Garbage collections.", labels=(GENERATION, WORKER))
GC_COLLECTED = Counter(
    name="python_gc_objects_collected_total",
    help="Objects the garbage collector freed.",
    labels=(GENERATION, WORKER),
)
GC_UNCOLLECTABLE = Counter(
    name="python_gc_objects_uncollectable_total",
    help="Objects the garbage collector found but could not free.",
    labels=(GENERATION, WORKER),
)
GC_PAUSE = Histogram(
    name="python_gc_pause_seconds",
    help="How long a garbage collection stopped the process's Python code.",
    unit=Unit.SECONDS,
    labels=(GENERATION,),
    buckets=COLLECTION_SECONDS,
)
