"""OpenTelemetry's current context, one call deep."""

from collections.abc import Callable
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext

# What the package's own functions of these names pass on to; without it, they will do.
_RUNTIME: Any = vars(otel_context).get("_RUNTIME_CONTEXT", otel_context)
# And the variable that the usual runtime in turn passes on to.
_VARIABLE: Any = vars(_RUNTIME).get("_current_context") if type(_RUNTIME) is ContextVarsRuntimeContext else None

get_current: Callable[[], Context] = _RUNTIME.get_current if _VARIABLE is None else _VARIABLE.get
attach: Callable[[Context], Token[Context]] = _RUNTIME.attach if _VARIABLE is None else _VARIABLE.set
detach: Callable[[Token[Context]], None] = _RUNTIME.detach if _VARIABLE is None else _VARIABLE.reset
