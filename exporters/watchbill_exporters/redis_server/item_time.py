"""When an item of a queue says that it was made, or is due."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from watchbill.queues.envelope import NOT_YET, due_of

_MILLISECONDS = 100_000_000_000.0
"""A number beyond it is milliseconds: as seconds it would be the year 5138."""


def celery_due(message: str) -> float | None:
    """Unix time at which a Celery message was due by the headers that Watchbill adds; None where nobody says."""
    headers = celery_headers(message)
    return due_of(headers) if headers is not None else None


def celery_headers(message: str) -> Mapping[str, object] | None:
    """The headers of a message as Celery writes it to Redis; None for anything else."""
    found = field(message, "headers")
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def told_time(item: str, where: str) -> float | None:
    """Unix time under names with dots between them in a JSON object: seconds, milliseconds or ISO 8601."""
    return time_of(field(item, where))


def time_of(value: object) -> float | None:
    """A number or a text as Unix time; None for what is no time."""
    if isinstance(value, str):
        return _time_of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # As it is: a whole number may be larger than any other.
    if not 0 < value <= NOT_YET * 1000:
        return None
    seconds = value / 1000 if value > _MILLISECONDS else float(value)
    return seconds if seconds <= NOT_YET else None


def field(item: str, where: str) -> object:
    """The value under names with dots between them in a JSON object; None where there is none."""
    try:
        value: object = json.loads(item)
    except (ValueError, RecursionError):
        return None
    for name in where.split("."):
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, object]", value).get(name)
    return value


def _time_of_text(text: str) -> float | None:
    try:
        return time_of(float(text))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Celery writes its times in UTC; a time without a zone is taken for the same.
    seconds = (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    return seconds if 0 < seconds <= NOT_YET else None
