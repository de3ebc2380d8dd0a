"""Transactions of a PostgreSQL server: those that last, and what keeps vacuum from removing dead rows."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

LONG_SECONDS = 60
"""From this age on a transaction counts as long."""
PG_HOLDER = Label(
    name="holder",
    help="What holds back the oldest transaction that vacuum must respect.",
    values=("session", "standby", "slot", "slot_catalog", "prepared_transaction"),
)

PG_LONG_TRANSACTIONS = Gauge(
    name="pg_long_running_transactions", help=f"Transactions open for more than {LONG_SECONDS} seconds."
)
PG_LONGEST_TRANSACTION = Gauge(
    name="pg_long_running_transactions_oldest_timestamp_seconds",
    help="Seconds since the oldest of the long transactions began; 0 without one.",
    unit=Unit.SECONDS,
)
PG_TRANSACTION_AGE = Gauge(
    name="pg_oldest_transaction_seconds",
    help="Seconds since the database's oldest open transaction began; 0 without one.",
    unit=Unit.SECONDS,
    labels=(PG_DATABASE,),
)
PG_IDLE_IN_TRANSACTION_AGE = Gauge(
    name="pg_oldest_idle_in_transaction_seconds",
    help="Seconds since the database's longest idle transaction last did something; 0 without one.",
    unit=Unit.SECONDS,
    labels=(PG_DATABASE,),
)
PG_XMIN_AGE = Gauge(
    name="pg_xmin_horizon_age",
    help="Transactions begun since the oldest one that this holder keeps vacuum from forgetting; 0 without one.",
    labels=(PG_HOLDER,),
)
PG_PREPARED = Gauge(name="pg_prepared_transactions", help="Transactions prepared for a two-phase commit.")
PG_PREPARED_AGE = Gauge(
    name="pg_prepared_transactions_oldest_seconds",
    help="Seconds since the oldest prepared transaction was prepared; 0 without one.",
    unit=Unit.SECONDS,
)
