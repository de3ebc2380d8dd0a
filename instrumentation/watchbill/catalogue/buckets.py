"""Bucket bounds of histograms, in the unit of their metric."""

from functools import lru_cache

HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""OpenTelemetry semantic conventions, HTTP metrics, `http.server.request.duration`."""

DATABASE_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
"""OpenTelemetry semantic conventions, database client metrics, `db.client.operation.duration`."""

BACKGROUND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 0.8, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0)
"""From a quick notification to half an hour's import."""

CONNECTION_SECONDS = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0)
"""How long a WebSocket stays open: up to a day."""

BODY_BYTES = (100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 100_000_000.0)
"""Decades: a body's size matters by its order of magnitude."""

LOOP_DELAY_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""From above the millisecond that an idle loop's timers are late by."""

COLLECTION_SECONDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)
"""A young generation takes microseconds, a full collection of a large process tenths of a second."""

CALL_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""From a cache in memory, over a Redis near by, to one that hangs."""

QUEUE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1_800.0)
"""celery-exporter's range of waiting: from at once to half an hour."""

HOLD_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0)
"""How long a connection or a transaction is kept: from one query to a forgotten one."""

OUTBOUND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""From a service near by to a language model's longest answer."""

COUNTS = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0)
"""Of queries in a request, commands in a pipeline, messages in a batch."""

ROWS = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
"""Decades: of a bulk operation the order of magnitude matters."""

COMPRESSION_SECONDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""A page takes a tenth of a millisecond, a megabyte tens."""


@lru_cache(maxsize=512)
def bound_text(bound: float) -> str:
    """A bound as prometheus-client writes it in the label `le`: 0.5, 1.0, 1e+06, +Inf."""
    if bound == float("inf"):
        return "+Inf"
    text = repr(float(bound))
    whole, _, fraction = text.partition(".")
    if len(whole) <= 6 or not fraction:
        return text
    digits = (whole + fraction).rstrip("0")
    mantissa = f"{digits[0]}.{digits[1:]}".rstrip(".")
    return f"{mantissa}e+{len(whole) - 1:02d}"
