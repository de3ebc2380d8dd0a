"""From a failed connection to the reason a target is down."""

import psycopg

from watchbill_exporters.reason import Reason, TargetDown

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
    ("not permitted to log in", "auth"),
    ("connection refused", "refused"),
    ("no route to host", "refused"),
    ("network is unreachable", "refused"),
    ("timeout expired", "timeout"),
    ("invalid response to ssl negotiation", "protocol"),
    ("ssl", "tls"),
    ("certificate", "tls"),
)


def sign_in_failed(error: psycopg.Error) -> TargetDown:
    """Why a server cannot be signed in to."""
    text = str(error)
    return TargetDown(_reason(text.lower()) or _reason_in_another_language(error), text[:400])


def lost(error: psycopg.Error) -> TargetDown:
    """Why a connection that was signed in no longer works."""
    return TargetDown("protocol", f"the connection was lost: {str(error)[:300]}")


def _reason(text: str) -> Reason | None:
    for part, reason in _BY_TEXT:
        if part in text:
            return reason
    return None


def _reason_in_another_language(error: psycopg.Error) -> Reason:
    """What is known without the words: whether the server was given a password before it said no."""
    return "auth" if error.pgconn is not None and error.pgconn.used_password else "protocol"
