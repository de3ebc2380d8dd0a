"""Two nested values compared leaf by leaf, for parts of a configuration that have no words of their own."""

import re
from collections.abc import Iterator
from typing import cast

from watchbill.logs.names import is_secret
from watchbill.logs.secrets import redact

_SECRET_PARTS = ("url", "token", "headers")
_KEYS = re.compile(r"[^.\[\]]+")
_HIDDEN = "(not shown)"


def differences(old: object, new: object, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Every leaf that differs: its path, what it was and what it is. What may be a secret is not shown."""
    if old == new:
        return
    before, after = _as_mapping(old), _as_mapping(new)
    ones, others = _as_mappings(old), _as_mappings(new)
    if before is not None and after is not None:
        for key in {**before, **after}:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif ones is not None and others is not None and len(ones) == len(others):
        for index, (one, other) in enumerate(zip(ones, others, strict=True)):
            yield from differences(one, other, f"{path}[{index}]" if index else path)
    elif ones is not None and others is not None:
        yield (
            path,
            _shown([one for one in ones if one not in others], path),
            _shown([one for one in others if one not in ones], path),
        )
    else:
        yield path, _shown(old, path), _shown(new, path)


def _as_mapping(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _as_mappings(value: object) -> list[object] | None:
    entries = cast("list[object]", value) if isinstance(value, list) else None
    return entries if entries is not None and all(isinstance(one, dict) for one in entries) else None


def _shown(value: object, path: str) -> str:
    if value is None:
        return "none"
    if any(map(_is_hidden, _KEYS.findall(path))):
        return _HIDDEN
    mapping = _as_mapping(value)
    if mapping is not None:
        return ", ".join(f"{key}={_shown(one, f'{path}.{key}')}" for key, one in mapping.items())
    if isinstance(value, list):
        return ", ".join(_shown(one, path) for one in cast("list[object]", value)) or "none"
    return redact(str(value))


def _is_hidden(key: str) -> bool:
    name = key.lower()
    is_named_so = name.endswith("key") or any(part in name for part in _SECRET_PARTS)
    return not name.endswith("_file") and (is_named_so or is_secret(key))
