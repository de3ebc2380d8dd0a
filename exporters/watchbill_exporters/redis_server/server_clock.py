"""The server's clock: ages are told by it, whatever the exporter's own says."""

from time import time

from watchbill_exporters.redis_server.replies import Refused, Replies

_EARLIEST = 100_000_000_000.0


def now(replies: Replies) -> float:
    """The server's Unix time when it answered INFO; the exporter's where INFO does not say."""
    try:
        text = replies.info.get("server_time_usec", "")
    except Refused:
        text = ""
    return int(text) / 1_000_000 if text.isdecimal() else time()


def age(milliseconds: float, at: float) -> float | None:
    """Seconds from a time in milliseconds to a Unix time; None for a number that is no time, such as an id of 5-1."""
    return max(at - milliseconds / 1000, 0.0) if milliseconds > _EARLIEST else None
