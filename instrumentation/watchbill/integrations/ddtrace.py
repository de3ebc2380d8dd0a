"""Datadog's ddtrace, where it is already in the process: recognised, never changed."""

import sys
from typing import Any

_PATCHED = "_datadog_patch"


def traces(app: Any) -> bool:
    """Whether ddtrace makes spans of this application's requests."""
    if "ddtrace" not in sys.modules:
        return False
    if any(getattr(sys.modules.get(name), _PATCHED, False) for name in ("fastapi", "starlette")):
        return True
    classes = (getattr(entry, "cls", None) for entry in getattr(app, "user_middleware", ()))
    return any(getattr(one, "__module__", "").startswith("ddtrace.") for one in classes)


def provides(provider: object) -> bool:
    """Whether a tracer provider is ddtrace's bridge, which DD_TRACE_OTEL_ENABLED puts in place."""
    return type(provider).__module__.startswith("ddtrace.")
