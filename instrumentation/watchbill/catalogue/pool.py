"""What a service says about its connection pools: SQLAlchemy, asyncpg, psycopg, Redis clients."""

from watchbill.catalogue.buckets import HOLD_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

AGE, BROKEN = "age", "broken"

DB = Label(name="db", help="The declared name of the database or Redis behind the pool or query.", bound=20)
RECYCLE_REASON = Label(
    name="reason",
    help="`age`: past its lifetime or idle for too long; `broken`: found broken, or declared so.",
    values=(AGE, BROKEN),
)

CONNECTIONS_ACTIVE = Gauge(
    name="db_connections_active",
    help="Connections that are checked out, as the pool itself counts them.",
    labels=(DB,),
)
CONNECTIONS_IDLE = Gauge(name="db_connections_idle", help="Open connections that wait in the pool.", labels=(DB,))
CONNECTIONS_MAX = Gauge(
    name="db_connections_max",
    help="Connections the pool may have at most, overflow included; absent where there is no limit.",
    labels=(DB,),
)
CONNECTIONS_OVERFLOW = Gauge(
    name="db_connections_overflow",
    help="Open connections above the pool's lasting size.",
    labels=(DB,),
)
CONNECTIONS_WAITING = Gauge(name="db_connections_waiting", help="Callers that wait for a connection now.", labels=(DB,))
CONNECTION_WAIT = Histogram(
    name="db_connection_wait_seconds",
    help="Time a caller waited for a connection, opening a new one included.",
    unit=Unit.SECONDS,
    labels=(DB,),
    buckets=HOLD_SECONDS,
)
CONNECTION_HOLD = Histogram(
    name="db_connection_hold_seconds",
    help="Time from a connection's check-out to its return.",
    unit=Unit.SECONDS,
    labels=(DB,),
    buckets=HOLD_SECONDS,
)
CONNECTION_TIMEOUTS = Counter(
    name="db_connection_timeouts_total",
    help="Callers that got no connection in time.",
    labels=(DB,),
)
CONNECTION_ERRORS = Counter(
    name="db_connection_errors_total",
    help="New connections that could not be opened.",
    labels=(DB,),
)
CONNECTIONS_OPENED = Counter(name="db_connections_opened_total", help="New connections opened.", labels=(DB,))
CONNECTIONS_RECYCLED = Counter(
    name="db_connections_recycled_total",
    help="Connections closed because of their age or because they were found broken.",
    labels=(DB, RECYCLE_REASON),
)
