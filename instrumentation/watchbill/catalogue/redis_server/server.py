"""A Redis server: what runs, since when, and the processor time it takes."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_ROLE = Label(name="role", help="The server's role; empty for a Sentinel.", values=("master", "slave", ""))
REDIS_VERSION = Label(name="redis_version", help="The version of Redis whose commands the server has.", bound=5)
REDIS_BUILD = Label(name="redis_build_id", help="The build of the server.", bound=5)
REDIS_MODE = Label(name="redis_mode", help="How the server runs.", values=("standalone", "cluster", "sentinel"))
REDIS_POLICY = Label(name="maxmemory_policy", help="What is evicted when memory is full.", bound=10)
REDIS_SYSTEM = Label(name="os", help="The operating system.", bound=5)
REDIS_RUN = Label(name="run_id", help="What the server calls itself until it is started again.", bound=5)
REDIS_REPLICATION_ID = Label(name="master_replid", help="The history of writes that the server has.", bound=5)
REDIS_PORT = Label(name="tcp_port", help="The port the server listens on.", bound=5)
REDIS_PROCESS = Label(name="process_id", help="The server's process.", bound=5)
REDIS_INSTANCE_INFO = Gauge(
    name="redis_instance_info",
    help="Always 1; its labels say what runs.",
    unit=Unit.BOOLEAN,
    labels=(
        REDIS_ROLE,
        REDIS_VERSION,
        REDIS_BUILD,
        REDIS_MODE,
        REDIS_SYSTEM,
        REDIS_POLICY,
        REDIS_PORT,
        REDIS_RUN,
        REDIS_PROCESS,
        REDIS_REPLICATION_ID,
    ),
    at_most=1,
)
REDIS_SERVER_NAME = Label(name="server_name", help="redis, valkey, or what else the server calls itself.", bound=5)
REDIS_SERVER_VERSION = Label(name="server_version", help="The version under that name.", bound=5)
REDIS_ZONE = Label(name="availability_zone", help="Where the server says it runs.", bound=20)
REDIS_SERVER_INFO = Gauge(
    name="redis_server_info",
    help="Always 1; its labels tell Redis from Valkey and say in which zone it runs.",
    unit=Unit.BOOLEAN,
    labels=(REDIS_SERVER_NAME, REDIS_SERVER_VERSION, REDIS_ZONE),
    at_most=1,
)
REDIS_UPTIME = Gauge(name="redis_uptime_in_seconds", help="How long the server has run.", unit=Unit.SECONDS)
REDIS_START_TIME = Gauge(
    name="redis_start_time_seconds", help="When the server started, as Unix time.", unit=Unit.TIMESTAMP
)
REDIS_PROCESS_ID = Gauge(name="redis_process_id", help="The server's process number.")
REDIS_HZ = Gauge(name="redis_hz", help="Runs of background work in a second, as they are now.")
REDIS_CONFIGURED_HZ = Gauge(name="redis_configured_hz", help="Runs of background work in a second, as configured.")
REDIS_CPU_SYS = Counter(
    name="redis_cpu_sys_seconds_total", help="Processor time in the kernel, whole server.", unit=Unit.SECONDS
)
REDIS_CPU_USER = Counter(
    name="redis_cpu_user_seconds_total", help="Processor time outside the kernel, whole server.", unit=Unit.SECONDS
)
REDIS_CPU_SYS_CHILDREN = Counter(
    name="redis_cpu_sys_children_seconds_total",
    help="Processor time in the kernel of forked processes that have ended.",
    unit=Unit.SECONDS,
)
REDIS_CPU_USER_CHILDREN = Counter(
    name="redis_cpu_user_children_seconds_total",
    help="Processor time outside the kernel of forked processes that have ended.",
    unit=Unit.SECONDS,
)
REDIS_CPU_SYS_MAIN = Counter(
    name="redis_cpu_sys_main_thread_seconds_total",
    help="Processor time in the kernel of the thread that runs commands.",
    unit=Unit.SECONDS,
)
REDIS_CPU_USER_MAIN = Counter(
    name="redis_cpu_user_main_thread_seconds_total",
    help="Processor time outside the kernel of the thread that runs commands.",
    unit=Unit.SECONDS,
)
REDIS_IO_THREADS_ACTIVE = Gauge(
    name="redis_io_threads_active", help="1 while further threads read and write for clients.", unit=Unit.BOOLEAN
)
REDIS_IO_THREADED_READS = Counter(
    name="redis_io_threaded_reads_processed", help="Reads done by further threads.", community_name=True
)
REDIS_IO_THREADED_WRITES = Counter(
    name="redis_io_threaded_writes_processed", help="Writes done by further threads.", community_name=True
)
REDIS_EVENT_LOOP_CYCLES = Counter(
    name="redis_eventloop_cycles_total", help="Turns of the server's event loop (Redis 7.2 on)."
)
REDIS_EVENT_LOOP_DURATION = Counter(
    name="redis_eventloop_duration_seconds_total",
    help="Time the event loop was at work (Redis 7.2 on).",
    unit=Unit.SECONDS,
)
REDIS_EVENT_LOOP_COMMANDS = Counter(
    name="redis_eventloop_command_duration_seconds_total",
    help="Time the event loop ran commands (Redis 7.2 on).",
    unit=Unit.SECONDS,
)
