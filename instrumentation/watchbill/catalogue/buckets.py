"""Bucket bounds of histograms, in the unit of their metric."""

HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""OpenTelemetry semantic conventions, HTTP metrics, `http.server.request.duration`."""

DATABASE_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
"""OpenTelemetry semantic conventions, database client metrics, `db.client.operation.duration`."""

BODY_BYTES = (100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 100_000_000.0)
"""Decades: a body's size matters by its order of magnitude."""


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
