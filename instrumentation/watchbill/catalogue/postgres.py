"""What the exporter reads from a PostgreSQL server, under postgres_exporter's names."""

from watchbill.catalogue.exporter import collector_duration, collector_success, permission, up_reason
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

PG_DATABASE = Label(name="datname", help="The database.", bound=50)
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
PG_VERSION = Label(name="version", help="The server's version in full.", bound=5)
PG_SHORT_VERSION = Label(name="short_version", help="The server's version.", bound=5)

PG_UP = Gauge(name="pg_up", help="1 when the server answered in time.", unit=Unit.BOOLEAN)
PG_UP_REASON = up_reason("pg")
PG_PROBE_DURATION = Gauge(
    name="pg_exporter_last_scrape_duration_seconds", help="How long the whole probe took.", unit=Unit.SECONDS
)
PG_PING = Gauge(
    name="pg_exporter_last_scrape_ping_time_seconds", help="Round trip of one empty query.", unit=Unit.SECONDS
)
PG_COLLECTOR_SUCCESS = collector_success("pg")
PG_COLLECTOR_DURATION = collector_duration("pg")
PG_PERMISSION = permission("pg")
PG_STATIC = Gauge(
    name="pg_static",
    help="Always 1; its labels say what runs.",
    unit=Unit.BOOLEAN,
    labels=(PG_VERSION, PG_SHORT_VERSION),
)
PG_START_TIME = Gauge(
    name="pg_postmaster_start_time_seconds",
    help="When the server started, as Unix time.",
    unit=Unit.TIMESTAMP,
)
PG_MAX_CONNECTIONS = Gauge(name="pg_settings_max_connections", help="Connections the server accepts at most.")
PG_RESERVED_CONNECTIONS = Gauge(
    name="pg_settings_superuser_reserved_connections", help="Connections kept for superusers."
)
PG_ACTIVITY = Gauge(
    name="pg_stat_activity_count",
    help="Sessions of clients, by database and state.",
    labels=(PG_DATABASE, PG_STATE),
)
PG_BACKENDS = Gauge(
    name="pg_stat_database_numbackends", help="Sessions connected to the database.", labels=(PG_DATABASE,)
)
PG_DATABASE_SIZE = Gauge(
    name="pg_database_size_bytes",
    help="Bytes the database takes on disk.",
    unit=Unit.BYTES,
    labels=(PG_DATABASE,),
)
PG_COMMITS = Counter(
    name="pg_stat_database_xact_commit",
    help="Transactions committed.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_ROLLBACKS = Counter(
    name="pg_stat_database_xact_rollback",
    help="Transactions rolled back.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_BLOCKS_HIT = Counter(
    name="pg_stat_database_blks_hit",
    help="Blocks found in the server's cache.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_BLOCKS_READ = Counter(
    name="pg_stat_database_blks_read",
    help="Blocks read from disk.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_DEADLOCKS = Counter(
    name="pg_stat_database_deadlocks", help="Deadlocks found.", labels=(PG_DATABASE,), community_name=True
)
