"""Why one query failed, in words that say what to do."""

import psycopg
from psycopg import errors

_LONGEST = 300
_REMEDIES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.InsufficientPrivilege, "grant the right that --check names"),
    (errors.LockNotAvailable, "find who holds an ACCESS EXCLUSIVE lock on the server's catalogue"),
    (errors.QueryCanceled, "look at the server's load; the query took more than its share of the scrape's time"),
    (errors.TooManyConnections, "free a connection, or raise max_connections"),
)


def fault(error: psycopg.Error) -> str:
    """One line: kind, the server's own words, and a remedy where one is known."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST]}"
    known = remedy(error)
    return f"{text}; remedy: {known}" if known else text


def remedy(error: psycopg.Error) -> str | None:
    """What to do about an error of the server; None where nothing is known."""
    return next((known for kind, known in _REMEDIES if isinstance(error, kind)), None)
