"""The processor of log lines that keeps secrets out, by the names of fields and by the shape of what they hold."""

from collections.abc import ItemsView, Mapping, MutableMapping, Sequence
from typing import Any

from watchbill.logs.names import SCRUBBED, is_secret
from watchbill.logs.secrets import is_suspect, redact
from watchbill.traces.ids import KEYS

__all__ = ["SCRUBBED", "is_secret", "scrub"]

_DEEPEST = 16
_TOO_DEEP = "…"
_OURS = frozenset({"timestamp", "level", "logger", *KEYS})
_SCALARS = (int, float, type(None))


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that replaces secrets, in nested mappings and sequences and in what objects print too."""
    texts: list[str] = []
    for key, value in event.items():
        if is_secret(key):
            event[key] = SCRUBBED
        elif isinstance(value, str):
            if key not in _OURS:
                texts.append(value)
        elif not isinstance(value, _SCALARS):
            event[key] = _scrubbed(value, _DEEPEST)
    # One look at all texts together costs a line without suspects the least.
    if is_suspect("\n".join(texts)):
        for key, value in event.items():
            if isinstance(value, str) and key not in _OURS:
                event[key] = redact(value)
    return event


def _scrubbed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, Mapping | list | tuple):
        return _container(value, depth) if depth else _TOO_DEEP
    # Rendered by its repr, which is where its secrets would show.
    shown = repr(value)
    clean = redact(shown)
    return value if clean == shown else clean


def _container(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        pairs: ItemsView[Any, Any] = value.items()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  anything may be logged
        return {key: SCRUBBED if _names_secret(key) else _scrubbed(inner, depth - 1) for key, inner in pairs}
    items: Sequence[Any] = value
    is_tuple = type(value) is tuple
    if is_tuple and len(items) == 2 and _names_secret(items[0]):
        # A header, as ASGI has them.
        return (items[0], SCRUBBED)
    found = [_scrubbed(inner, depth - 1) for inner in items]
    return tuple(found) if is_tuple else found


def _names_secret(name: object) -> bool:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    return isinstance(text, str) and is_secret(text)
