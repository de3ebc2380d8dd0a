"""Commands of a Redis server, and the errors they end with."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter
from watchbill.catalogue.unit import Unit

REDIS_COMMAND = Label(name="cmd", help="A command, in small letters, with its subcommand behind a bar.", bound=400)
REDIS_ERROR = Label(name="err", help="The first word of an error reply.", bound=128)
REDIS_COMMAND_CALLS = Counter(name="redis_commands_total", help="Calls by command.", labels=(REDIS_COMMAND,))
REDIS_COMMAND_SECONDS = Counter(
    name="redis_commands_duration_seconds_total",
    help="Processor time by command.",
    unit=Unit.SECONDS,
    labels=(REDIS_COMMAND,),
)
REDIS_COMMAND_REJECTED = Counter(
    name="redis_commands_rejected_calls_total",
    help="Calls refused before they ran, by command.",
    labels=(REDIS_COMMAND,),
)
REDIS_COMMAND_FAILED = Counter(
    name="redis_commands_failed_calls_total", help="Calls that ran and failed, by command.", labels=(REDIS_COMMAND,)
)
REDIS_ERRORS = Counter(name="redis_errors_total", help="Error replies by their first word.", labels=(REDIS_ERROR,))
