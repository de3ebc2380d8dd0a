"""Sessions of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge, Histogram
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

PG_STATE = Label(
    name="state",
    help="What a session is doing.",
    values=(
        "active",
        "idle",
        "idle in transaction",
        "idle in transaction (aborted)",
        "fastpath function call",
        "disabled",
        "unknown",
    ),
)
PG_USER = Label(name="usename", help="The role that signed in; `other` for the rest.", bound=50)
PG_APPLICATION = Label(name="application_name", help="What the client calls itself; `other` for the rest.", bound=100)
PG_BACKEND_TYPE = Label(name="backend_type", help="What kind of process serves the session.", bound=20)
PG_WAIT_EVENT_TYPE = Label(name="wait_event_type", help="What kind of thing the session waits for.", bound=15)
PG_WAIT_EVENT = Label(name="wait_event", help="What the session waits for.", bound=300)
_BY_SESSION = (
    PG_DATABASE,
    PG_STATE,
    PG_USER,
    PG_APPLICATION,
    PG_BACKEND_TYPE,
    PG_WAIT_EVENT_TYPE,
    PG_WAIT_EVENT,
)
MOST_SESSION_GROUPS = 200
"""Groups of sessions with series of their own: the largest; the others are summed by database and state."""
_AT_MOST = MOST_SESSION_GROUPS + 2 * PG_DATABASE.limit * PG_STATE.limit

PG_ACTIVITY = Gauge(
    name="pg_stat_activity_count",
    help="Sessions connected to a database, by what they are and do.",
    labels=_BY_SESSION,
    at_most=_AT_MOST,
)
PG_MAX_TRANSACTION_DURATION = Gauge(
    name="pg_stat_activity_max_tx_duration",
    help="Seconds since the oldest open transaction of these sessions began; 0 without one.",
    unit=Unit.SECONDS,
    labels=_BY_SESSION,
    at_most=_AT_MOST,
    community_name=True,
)
MOST_APPLICATIONS = 50
PG_CONNECTIONS = Gauge(
    name="pg_connections",
    help="Connections of clients, by state and application.",
    labels=(PG_STATE, PG_APPLICATION),
    at_most=MOST_APPLICATIONS * PG_STATE.limit,
)
PG_CONNECTIONS_USED = Gauge(name="pg_connections_used", help="Connections of clients, whatever they do.")
PG_CONNECTIONS_LIMIT = Gauge(
    name="pg_connections_limit",
    help="Connections that ordinary roles may take: max_connections less those kept for others.",
)
MOST_IDLE_GROUPS = 40
PG_PROCESS_IDLE = Histogram(
    name="pg_process_idle_seconds",
    help="How long idle sessions have been idle.",
    unit=Unit.SECONDS,
    labels=(PG_STATE, PG_APPLICATION),
    at_most=MOST_IDLE_GROUPS,
    buckets=(1, 2, 5, 15, 30, 60, 90, 120, 300),
)
