"""OpenTelemetry's current context, one call deep."""

from collections.abc import Callable
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context

# What the package's own functions of these names pass on to; without it, they will do.
_RUNTIME: Any = vars(otel_context).get("_RUNTIME_CONTEXT", otel_context)

get_current: Callable[[], Context] = _RUNTIME.get_current
attach: Callable[[Context], Token[Context]] = _RUNTIME.attach
detach: Callable[[Token[Context]], None] = _RUNTIME.detach
