"""Metrics of an invented parcel company: the names are nobody's, the shapes are those of the well-known public sets."""

from collections.abc import Iterator

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Metric, Unit
from watchbill.catalogue.watching import UP
from watchbill.flow.declared import families_of
from watchbill.flow.family import Family
from watchbill.flow.inference import infer
from watchbill.flow.recorded import family_of
from watchbill.flow.vocabulary import Vocabulary

CARRIER = Label(name="carrier", help="Who carries it.", bound=20)
OUTCOME = Label(name="outcome", help="How it went.", values=("delivered", "late", "lost"))
HALL = Label(name="hall", help="The hall.", bound=5)
DOOR = Label(name="door", help="The door.", bound=8)
CODE = Label(name="code", help="The answer's code.", values=("2xx", "3xx", "4xx", "5xx"))
NAMESPACE = Label(name="namespace_name", help="The namespace.", bound=50)
POD = Label(name="pod_name", help="The pod.", bound=500)
CONTAINER = Label(name="container_name", help="The container.", bound=800)
NODE = Label(name="node", help="The machine it runs on.", bound=50)
OWNER = Label(name="owner_name", help="What made it.", bound=100)
OWNER_KIND = Label(name="owner_kind", help="Of which kind that is.", bound=6)
PHASE = Label(name="phase", help="Its phase.", values=("Pending", "Running", "Failed"))
VOLUME = Label(name="volume", help="The claim.", bound=100)
CPU = Label(name="cpu", help="The processor.", bound=128)
MODE = Label(name="mode", help="What it does.", values=("idle", "user", "system", "iowait"))
DEVICE = Label(name="device", help="The device.", bound=20)
MOUNT = Label(name="mountpoint", help="Where it is mounted.", bound=20)
FILESYSTEM = Label(name="fstype", help="Its file system.", bound=10)
NODE_NAME = Label(name="nodename", help="The machine's own name.", bound=50)
QUEUE = Label(name="queue", help="The queue.", bound=50)
HOST = Label(name="vhost", help="The virtual host.", bound=5)
LEDGER = Label(name="datname", help="The database.", bound=10)
STATE = Label(name="state", help="What the connection does.", values=("active", "idle", "idle in transaction"))
ROLE = Label(name="role", help="Its role.", values=("leader", "follower"))

PARCELS = Counter(name="parcels_total", help="Parcels.", labels=(CARRIER, OUTCOME))
PARCEL_SIZE = Counter(name="parcel_bytes_total", help="Bytes on labels.", unit=Unit.BYTES, labels=(CARRIER,))
SORTING = Histogram(
    name="sorting_seconds",
    help="Time to sort.",
    unit=Unit.SECONDS,
    labels=(HALL,),
    buckets=(0.1, 0.5, 1.0, 5.0),
)
LOAD = Gauge(name="belt_load_ratio", help="How full the belt is.", unit=Unit.RATIO, labels=(HALL,))
MEMORY = Gauge(name="belt_memory_bytes", help="Memory.", unit=Unit.BYTES, labels=(HALL,))
WAIT = Gauge(name="belt_wait_seconds", help="Oldest parcel's age.", unit=Unit.SECONDS, labels=(HALL,))
DEPTH = Gauge(name="belt_depth", help="Parcels on the belt.", labels=(HALL,))
OPEN = Gauge(name="door_open", help="Whether it is open.", unit=Unit.BOOLEAN, labels=(DOOR,))
STARTED = Gauge(name="depot_start_time_seconds", help="When it started.", unit=Unit.TIMESTAMP)
BUILD = Gauge(name="depot_build_info", help="Always 1.", unit=Unit.BOOLEAN, labels=(ROLE,))
REQUESTS = Counter(name="desk_requests_total", help="Requests.", labels=(HALL, CODE))

CLUSTER: tuple[Metric, ...] = (
    Gauge(name="pod_info", help="Always 1.", unit=Unit.BOOLEAN, labels=(NAMESPACE, POD, NODE)),
    Gauge(name="pod_owner", help="Always 1.", unit=Unit.BOOLEAN, labels=(NAMESPACE, POD, OWNER_KIND, OWNER)),
    Gauge(name="pod_phase", help="1 for its phase.", unit=Unit.BOOLEAN, labels=(NAMESPACE, POD, PHASE)),
    Counter(name="pod_restarts_total", help="Restarts.", labels=(NAMESPACE, POD, CONTAINER)),
    Counter(
        name="container_cpu_seconds_total",
        help="Processor time.",
        unit=Unit.SECONDS,
        labels=(NAMESPACE, POD, CONTAINER, CPU),
    ),
    Gauge(name="container_memory_bytes", help="Memory.", unit=Unit.BYTES, labels=(NAMESPACE, POD, CONTAINER)),
    Gauge(name="container_memory_limit_bytes", help="Limit.", unit=Unit.BYTES, labels=(NAMESPACE, POD, CONTAINER)),
    Gauge(name="volume_free_bytes", help="Free.", unit=Unit.BYTES, labels=(NAMESPACE, VOLUME)),
    Gauge(name="volume_size_bytes", help="Size.", unit=Unit.BYTES, labels=(NAMESPACE, VOLUME)),
    Gauge(name="deployment_wanted", help="Replicas.", labels=(NAMESPACE, OWNER)),
    Gauge(name="deployment_ready", help="Replicas.", labels=(NAMESPACE, OWNER)),
    Gauge(name="job_start_time_seconds", help="Start.", unit=Unit.TIMESTAMP, labels=(NAMESPACE, OWNER)),
)
MACHINES: tuple[Metric, ...] = (
    Counter(name="machine_cpu_seconds_total", help="Time.", unit=Unit.SECONDS, labels=(CPU, MODE)),
    Gauge(name="machine_free_bytes", help="Free.", unit=Unit.BYTES, labels=(DEVICE, MOUNT, FILESYSTEM)),
    Gauge(name="machine_size_bytes", help="Size.", unit=Unit.BYTES, labels=(DEVICE, MOUNT, FILESYSTEM)),
    Gauge(name="machine_readonly", help="1 if so.", unit=Unit.BOOLEAN, labels=(DEVICE, MOUNT, FILESYSTEM)),
    Counter(name="machine_network_bytes_total", help="Bytes.", unit=Unit.BYTES, labels=(DEVICE,)),
    Counter(name="machine_network_errors_total", help="Errors.", labels=(DEVICE,)),
    Counter(name="machine_packets_total", help="Packets.", labels=(DEVICE,)),
    Gauge(name="machine_load1", help="Load."),
    Gauge(name="machine_name_info", help="Always 1.", unit=Unit.BOOLEAN, labels=(NODE_NAME,)),
    Gauge(name="machine_clock_seconds", help="Offset.", unit=Unit.SECONDS),
    Counter(name="machine_memory_errors_total", help="Errors."),
)
STORES: tuple[Metric, ...] = (
    Gauge(name="store_up", help="1 if so.", unit=Unit.BOOLEAN),
    Counter(name="store_hits_total", help="Hits."),
    Counter(name="store_misses_total", help="Misses."),
    Gauge(name="store_memory_bytes", help="Used.", unit=Unit.BYTES),
    Gauge(name="store_memory_limit_bytes", help="Limit, 0 for none.", unit=Unit.BYTES),
    Gauge(name="store_role_info", help="Always 1.", unit=Unit.BOOLEAN, labels=(ROLE,)),
    Counter(name="store_rejected_total", help="Refused connections."),
    Gauge(name="store_clients", help="Connections."),
    Gauge(name="ledger_lag_seconds", help="Replication lag.", unit=Unit.SECONDS),
    Gauge(name="ledger_connections", help="Connections.", labels=(LEDGER, STATE)),
    Gauge(name="ledger_connections_limit", help="Most connections."),
    Counter(name="ledger_commits_total", help="Commits.", labels=(LEDGER,)),
    Counter(name="ledger_rollbacks_total", help="Rollbacks.", labels=(LEDGER,)),
    Counter(name="ledger_deadlocks_total", help="Deadlocks.", labels=(LEDGER,)),
    Gauge(name="post_messages", help="Messages.", labels=(QUEUE, HOST)),
    Gauge(name="post_consumers", help="Consumers.", labels=(QUEUE, HOST)),
    Counter(name="post_published_total", help="Published.", labels=(QUEUE, HOST)),
    Counter(name="post_acknowledged_total", help="Acknowledged.", labels=(QUEUE, HOST)),
)
OWN: tuple[Metric, ...] = (
    UP, PARCELS, PARCEL_SIZE, SORTING, LOAD, MEMORY, WAIT, DEPTH, OPEN, STARTED, BUILD, REQUESTS,
)  # fmt: skip
RECORDED = {
    "hall:requests:rate5m": "sum by (hall, service) (rate(desk_requests_total[5m]))",
    "hall:good:rate5m": 'sum by (hall, service) (rate(desk_requests_total{code!="5xx"}[5m]))',
    "hall:error_ratio:rate5m": "1 - (hall:good:rate5m / (hall:requests:rate5m > 0))",
    "hall:sorting_bucket:rate5m": "sum by (hall, le) (rate(sorting_seconds_bucket[5m]))",
    "hall:sorting:p99": "histogram_quantile(0.99, hall:sorting_bucket:rate5m)",
    "carrier:parcels:sum": "sum by (carrier) (parcels_total)",
    "machine:cpus:count": 'count without (cpu, mode) (machine_cpu_seconds_total{mode="idle"})',
    "machine:cpu_busy:ratio5m": '1 - avg without (cpu, mode) (rate(machine_cpu_seconds_total{mode="idle"}[5m]))',
    "pod:owner:label": 'max by (namespace_name, pod_name, owner_name) (pod_owner{owner_kind="ReplicaSet"})',
}
SCRAPED = Vocabulary.of(families_of((*OWN, *CLUSTER, *MACHINES, *STORES)))


def _with_recorded() -> Vocabulary:
    vocabulary = SCRAPED
    for name, text in RECORDED.items():
        vocabulary = vocabulary.with_families([_recorded(name, text, vocabulary)])
    return vocabulary


def _recorded(name: str, text: str, vocabulary: Vocabulary) -> Family:
    return family_of(name, infer(text, vocabulary), {})


INVENTED = _with_recorded()
"""Everything the company exposes and records."""


def scraped() -> Iterator[Family]:
    """The families that are scraped, not recorded."""
    yield from SCRAPED
