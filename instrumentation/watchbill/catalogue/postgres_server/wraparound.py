"""Distance of a PostgreSQL server to transaction ID wraparound."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import TABLE_LABELS
from watchbill.catalogue.unit import Unit

MOST_OLD_TABLES = 20
"""Tables listed in each database, those with the oldest rows first."""
_AT_MOST = 10 * MOST_OLD_TABLES

PG_TRANSACTIONS = Counter(
    name="pg_txid_current",
    help="Transaction IDs the server has given out, over all epochs; read without taking one.",
    community_name=True,
)
PG_DATABASE_AGE = Gauge(
    name="pg_database_wraparound_age_datfrozenxid_seconds",
    help="Transactions since the oldest one the database still needs; no seconds, whatever the name says.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_DATABASE_MULTIXACT_AGE = Gauge(
    name="pg_database_wraparound_age_datminmxid_seconds",
    help="Multixacts since the oldest one the database still needs; no seconds, whatever the name says.",
    labels=(PG_DATABASE,),
    community_name=True,
)
PG_HEADROOM_TRANSACTIONS = Gauge(
    name="pg_wraparound_headroom_transactions",
    help="Transactions left before the server refuses to write for the sake of this database.",
    labels=(PG_DATABASE,),
)
PG_HEADROOM_MULTIXACTS = Gauge(
    name="pg_wraparound_headroom_multixacts",
    help="Multixacts left before the server refuses to write for the sake of this database.",
    labels=(PG_DATABASE,),
)
PG_HEADROOM_SECONDS = Gauge(
    name="pg_wraparound_headroom_seconds",
    help="Time left at the pace of the last hour, were nothing frozen; absent in the exporter's first minute.",
    unit=Unit.SECONDS,
    labels=(PG_DATABASE,),
)
PG_TABLE_AGE = Gauge(
    name="pg_table_frozen_age_transactions",
    help="Transactions since the oldest one that the table or its TOAST table needs: the oldest tables alone.",
    labels=TABLE_LABELS,
    at_most=_AT_MOST,
)
PG_TABLE_MULTIXACT_AGE = Gauge(
    name="pg_table_frozen_age_multixacts",
    help="Multixacts since the oldest one that the table or its TOAST table needs: the oldest tables alone.",
    labels=TABLE_LABELS,
    at_most=_AT_MOST,
)
