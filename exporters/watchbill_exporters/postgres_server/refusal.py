"""From a failed connection to the reason a target is down."""

import psycopg
from psycopg import errors

from watchbill_exporters.postgres_server.fault import remedy
from watchbill_exporters.reason import Reason, TargetDown

_POOLER = "startup parameter"
_LOCKED = "due to lock timeout"
_LONGEST = 400

# libpq gives no SQLSTATE for a failed sign-in, only the server's words, so they are all there is to go by.
# The first match counts: `no pg_hba.conf entry` mentions SSL as well.
_BY_TEXT: tuple[tuple[str, Reason], ...] = (
    ("too many clients", "full"),
    ("too many connections", "full"),
    ("remaining connection slots", "full"),
    ("starting up", "loading"),
    ("shutting down", "loading"),
    ("recovery", "loading"),
    ("not accepting connections", "loading"),
    ("not yet accepting connections", "loading"),
    ("authentication", "auth"),
    ("no password supplied", "auth"),
    ("pg_hba.conf", "auth"),
    ("does not exist", "auth"),
    ("permission denied", "auth"),
    (_POOLER, "protocol"),
    ("not permitted to log in", "auth"),
    ("connection refused", "refused"),
    ("no route to host", "refused"),
    ("network is unreachable", "refused"),
    ("timeout expired", "timeout"),
    (_LOCKED, "timeout"),
    ("due to statement timeout", "timeout"),
    ("invalid response to ssl negotiation", "protocol"),
    ("ssl", "tls"),
    ("certificate", "tls"),
)


def sign_in_failed(error: psycopg.Error) -> TargetDown:
    """Why a server cannot be signed in to."""
    text = str(error)
    reason = _reason(text.lower()) or _reason_in_another_language(error)
    advice = "; a pooler answered: give the server's own address" if _POOLER in text else ""
    known = "find in pg_locks who holds a lock on the server's own catalogue" if _LOCKED in text else None
    return TargetDown(reason, text[:_LONGEST] + advice, known)


def lost(error: psycopg.Error) -> TargetDown:
    """Why a connection that was signed in no longer works."""
    return TargetDown("protocol", f"the connection was lost: {str(error)[:300]}")


def unanswered(error: psycopg.Error) -> TargetDown:
    """Why a server that lets us in does not tell what it is."""
    known = remedy(error)
    if isinstance(error, errors.InsufficientPrivilege):
        known = "let the account read what PostgreSQL lets everybody read: GRANT SELECT on what the server names"
    return TargetDown("protocol", f"what the exporter asks first failed: {str(error)[:300]}", known)


def _reason(text: str) -> Reason | None:
    for part, reason in _BY_TEXT:
        if part in text:
            return reason
    return None


def _reason_in_another_language(error: psycopg.Error) -> Reason:
    """What is known without the words: whether the server was given a password before it said no."""
    return "auth" if error.pgconn is not None and error.pgconn.used_password else "protocol"
