"""What every process says about itself, under the names of the Prometheus client libraries."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

WORKER = Label(
    name="worker",
    help="The worker process, numbered from 0, or `main` for the one that started them; absent with one process.",
    bound=128,
)

PROCESS_CPU = Counter(
    name="process_cpu_seconds_total",
    help="Processor time used, user and system.",
    unit=Unit.SECONDS,
    labels=(WORKER,),
)
PROCESS_RESIDENT_MEMORY = Gauge(
    name="process_resident_memory_bytes", help="Memory in use (resident set).", unit=Unit.BYTES, labels=(WORKER,)
)
PROCESS_VIRTUAL_MEMORY = Gauge(
    name="process_virtual_memory_bytes", help="Address space in use.", unit=Unit.BYTES, labels=(WORKER,)
)
PROCESS_START_TIME = Gauge(
    name="process_start_time_seconds",
    help="When the process started, as Unix time.",
    unit=Unit.TIMESTAMP,
    labels=(WORKER,),
)
PROCESS_OPEN_FILES = Gauge(name="process_open_fds", help="Open file descriptors.", labels=(WORKER,))
PROCESS_MAX_FILES = Gauge(name="process_max_fds", help="File descriptors the process may open.", labels=(WORKER,))

VERSION = Label(name="version", help="The version of the service that runs.", bound=20)
REVISION = Label(name="revision", help="The revision it was built from.", bound=20)
PYTHON = Label(name="python", help="The version of Python.", bound=5)

BUILD_INFO = Gauge(
    name="build_info",
    help="Always 1; its labels say which build runs.",
    unit=Unit.BOOLEAN,
    labels=(VERSION, REVISION, PYTHON),
)
