"""The middlewares of an application, with what each means for measuring."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

_KEEPERS = ("build_middleware_stack", "middleware_stack", "router")
_DEEPEST_NESTING = 20
_OTHERS = {
    "prometheus_fastapi_instrumentator": "counts every request a second time",
    "starlette_exporter": "counts every request a second time",
    "starlette_prometheus": "counts every request a second time",
    "opentelemetry.instrumentation": "makes spans of its own",
}
_SLOW = "a BaseHTTPMiddleware: costs each request about 0.1 ms; what the endpoint binds to the log is not seen in it"


@dataclass(frozen=True, slots=True)
class Layer:
    """A middleware; what is `outside` of Watchbill's is not measured."""

    name: str
    place: Literal["outside", "inside"]
    remark: str


def unwrapped(found: Any) -> tuple[Any, list[Layer]]:
    """The Starlette application in what a module gives, and the layers put around it; None where there is none."""
    layers: list[Layer] = []
    for _ in range(_DEEPEST_NESTING):
        if found is None or all(hasattr(found, name) for name in _KEEPERS):
            return found, layers
        layers.append(Layer(_name(type(found)), "outside", _remark(type(found))))
        found = getattr(found, "app", None)
    return None, layers


def inside(app: Any) -> Iterator[Layer]:
    """The middlewares that the application declares, outermost first."""
    for middleware in getattr(app, "user_middleware", ()):
        kind = getattr(middleware, "cls", middleware)
        yield Layer(_name(kind), "inside", _remark(kind))


def _remark(kind: Any) -> str:
    remarks = [text for prefix, text in _OTHERS.items() if str(getattr(kind, "__module__", "")).startswith(prefix)]
    if any(parent.__name__ == "BaseHTTPMiddleware" for parent in getattr(kind, "__mro__", ())):
        remarks.append(_SLOW)
    return "; ".join(remarks)


def _name(kind: Any) -> str:
    return f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', repr(kind))}".lstrip(".")
