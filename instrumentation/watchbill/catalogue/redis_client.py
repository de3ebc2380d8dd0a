"""What a service says about its Redis and Valkey clients."""

from watchbill.catalogue.buckets import CALL_SECONDS, COUNTS
from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Histogram
from watchbill.catalogue.pool import DB
from watchbill.catalogue.unit import Unit

COMMAND = Label(
    name="command",
    help="The command's name in upper case, PIPELINE and TRANSACTION for several at once; its subcommand is left out.",
    bound=80,
)

REDIS_COMMAND_DURATION = Histogram(
    name="redis_client_command_duration_seconds",
    help="Time of a command or pipeline for its caller, waiting for a connection and retries included. "
    "Each is one round trip; commands that wait for something to arrive are left out.",
    unit=Unit.SECONDS,
    labels=(DB, COMMAND),
    buckets=CALL_SECONDS,
)
REDIS_COMMAND_ERRORS = Counter(
    name="redis_client_errors_total",
    help="Commands that ended in an error, those inside pipelines included. "
    "A WATCH that saw a change and a script that Redis does not have yet are none.",
    labels=(DB, COMMAND, EXCEPTION),
)
REDIS_BLOCKING = Counter(
    name="redis_client_blocking_commands_total",
    help="Commands that waited for something to arrive, such as BLPOP.",
    labels=(DB, COMMAND),
)
REDIS_PIPELINE_COMMANDS = Histogram(
    name="redis_client_pipeline_commands",
    help="Commands in one pipeline.",
    labels=(DB,),
    buckets=COUNTS,
)
