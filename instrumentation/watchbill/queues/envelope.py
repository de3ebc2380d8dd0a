"""What a message carries for us beside its content: when it is due, which attempt it is, and its trace."""

from collections.abc import Mapping
from typing import NamedTuple

DUE = "watchbill-due"
"""When a worker may begin it: when it was sent, or its ETA, or the end of a retry's delay. Unix time in seconds."""
ATTEMPT = "watchbill-attempt"
"""Which delivery this is, the first is 1; absent in the first."""
PRIORITY = "watchbill-priority"
"""The priority it was sent with; absent without one."""
TASK = "watchbill-task"
"""What it asks for, where the message itself does not say."""

NOT_YET = 4_102_444_800.0
"""The year 2100: a time beyond it is no time."""

_READABLE = (str, int, float)
_LONGEST = 200


class Envelope(NamedTuple):
    """The headers of one message, read. `due` is None where the producer is not instrumented."""

    due: float | None = None
    attempt: int = 1
    priority: str = ""
    task: str = ""

    @classmethod
    def read(cls, headers: Mapping[str, object]) -> "Envelope":
        """What cannot be understood counts as absent: headers come from outside."""
        attempt = _number(headers.get(ATTEMPT))
        return cls(
            due_of(headers),
            int(attempt) if attempt is not None and attempt >= 1 else 1,
            _text(headers.get(PRIORITY)),
            _text(headers.get(TASK)),
        )


def due_of(headers: Mapping[str, object]) -> float | None:
    """When the message is due; None where nobody says."""
    due = headers.get(DUE)
    return None if due is None else _number(due)


def _number(value: object) -> float | None:
    if not isinstance(value, _READABLE):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    # Not a number fails this, too.
    return found if 0 <= found <= NOT_YET else None


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
