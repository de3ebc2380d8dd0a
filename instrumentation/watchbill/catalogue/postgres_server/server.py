"""A PostgreSQL server: what runs, and since when."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

PG_VERSION = Label(name="version", help="The server's version in full.", bound=5)
PG_SHORT_VERSION = Label(name="short_version", help="The server's version.", bound=5)
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
