"""What a service says about its queries."""

from watchbill.catalogue.buckets import DATABASE_SECONDS, HOLD_SECONDS, ROWS
from watchbill.catalogue.http import EXCEPTION, ROUTE
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Histogram
from watchbill.catalogue.pool import DB
from watchbill.catalogue.unit import Unit

NO_TABLE = "none"

QUERY_TYPE = Label(
    name="query_type",
    help="The statement's first word, in lower case. A bulk one had several parameter sets, or touched several rows.",
    values=(
        "select",
        "insert",
        "update",
        "delete",
        "merge",
        "bulk_insert",
        "bulk_upsert",
        "bulk_update",
        "bulk_delete",
        "ddl",
        "call",
        "copy",
        "other",
    ),
)
TABLE = Label(
    name="table",
    help="The first table the statement names, without its schema; none where there is none.",
    bound=40,
)
TRANSACTION_OUTCOME = Label(
    name="outcome",
    help="How the transaction ended; failed where committing failed or the connection was lost.",
    values=("committed", "rolled_back", "failed"),
)

QUERY_DURATION = Histogram(
    name="db_query_duration_seconds",
    help="Time from sending a statement to the end of its execution, failed ones included; fetching its rows is left "
    "out where the driver does that apart.",
    unit=Unit.SECONDS,
    labels=(DB, QUERY_TYPE, TABLE),
    buckets=DATABASE_SECONDS,
)
QUERY_ERRORS = Counter(
    name="db_query_errors_total",
    help="Statements that ended in an error, by the driver's exception.",
    labels=(DB, QUERY_TYPE, EXCEPTION),
)
ROWS_AFFECTED = Counter(
    name="db_rows_total",
    help="Rows that statements inserted, updated or deleted, or returned where the driver says so.",
    labels=(DB, QUERY_TYPE, TABLE),
)
BULK_ROWS = Histogram(
    name="db_bulk_rows",
    help="Rows of one bulk operation.",
    labels=(DB, QUERY_TYPE, TABLE),
    buckets=ROWS,
)
TRANSACTIONS = Counter(
    name="db_transactions_total",
    help="Transactions ended, by outcome; those of a single statement outside a transaction are left out.",
    labels=(DB, TRANSACTION_OUTCOME),
)
TRANSACTION_DURATION = Histogram(
    name="db_transaction_duration_seconds",
    help="Time from a transaction's begin to its end, whatever the outcome.",
    unit=Unit.SECONDS,
    labels=(DB,),
    buckets=HOLD_SECONDS,
)
SLOW_QUERIES = Counter(
    name="db_slow_queries_total",
    help="Statements that took longer than the database's declared bound.",
    labels=(DB, QUERY_TYPE, TABLE),
)
N_PLUS_ONE = Counter(
    name="db_n_plus_one_total",
    help="Requests in which one place repeated one statement, one after the other, as often as the declared bound.",
    labels=(DB, ROUTE),
)
