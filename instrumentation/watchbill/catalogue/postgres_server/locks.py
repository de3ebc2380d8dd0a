"""Locks of a PostgreSQL server, and the sessions that wait for them."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

PG_LOCK_MODE = Label(
    name="mode",
    help="How strong the lock is.",
    values=(
        "accesssharelock",
        "rowsharelock",
        "rowexclusivelock",
        "shareupdateexclusivelock",
        "sharelock",
        "sharerowexclusivelock",
        "exclusivelock",
        "accessexclusivelock",
        "sireadlock",
    ),
)
PG_LOCKS = Gauge(name="pg_locks_count", help="Locks held or waited for.", labels=(PG_DATABASE, PG_LOCK_MODE))
PG_LOCKS_WAITING = Gauge(name="pg_locks_waiting_count", help="Locks waited for.", labels=(PG_DATABASE, PG_LOCK_MODE))
PG_BLOCKED = Gauge(
    name="pg_blocked_sessions",
    help="Sessions that wait for a lock which another one holds.",
    labels=(PG_DATABASE,),
)
PG_BLOCKED_LONGEST = Gauge(
    name="pg_blocked_sessions_longest_seconds",
    help="How long the longest of the blocked sessions has waited; 0 without one.",
    unit=Unit.SECONDS,
    labels=(PG_DATABASE,),
)
PG_BLOCKING = Gauge(
    name="pg_blocking_sessions",
    help="Sessions and prepared transactions that block others and wait for nobody: the roots of the queues.",
    labels=(PG_DATABASE,),
)
PG_BLOCKING_IDLE = Gauge(
    name="pg_blocking_idle_sessions",
    help="Those of the blocking sessions that idle within their transaction.",
    labels=(PG_DATABASE,),
)
