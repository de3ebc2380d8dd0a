"""Limits of a PostgreSQL server that can be reached: roles' connections, sequences."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

PG_ROLE = Label(name="rolname", help="The role.", bound=200)
PG_ROLE_CONNECTION_LIMIT = Gauge(
    name="pg_roles_connection_limit",
    help="Connections the role may have at most; -1 means no limit of its own.",
    labels=(PG_ROLE,),
)
MOST_SEQUENCES = 50
PG_SEQUENCE_SCHEMA = Label(name="schemaname", help="The schema.", bound=1_000)
PG_SEQUENCE = Label(name="sequencename", help="The sequence.", bound=10_000)
PG_SEQUENCE_USED = Gauge(
    name="pg_sequence_used_ratio",
    help=f"Share of its numbers that the sequence has given; the {MOST_SEQUENCES} fullest that do not begin anew.",
    unit=Unit.RATIO,
    labels=(PG_DATABASE, PG_SEQUENCE_SCHEMA, PG_SEQUENCE),
    at_most=MOST_SEQUENCES,
)
PG_SEQUENCES_UNREADABLE = Gauge(
    name="pg_sequences_unreadable",
    help="Sequences that the exporter's role may not read; SELECT on them, or pg_read_all_data, would change that.",
    labels=(PG_DATABASE,),
)
PG_CONSTRAINTS_INVALID = Gauge(
    name="pg_constraints_invalid",
    help="Constraints that existing rows have not been checked against.",
    labels=(PG_DATABASE,),
)
