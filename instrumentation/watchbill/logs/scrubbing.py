"""Secrets, known by the name of the field that holds them."""

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

SCRUBBED = "[scrubbed]"

_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "jwt",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "secrets",
        "sessionid",
        "sig",
        "signature",
        "token",
    }
)
_PAIRS = frozenset({"api key", "private key", "access key", "secret key", "session id", "credit card", "card number"})
_ENDINGS = ("apikey", "password", "secret", "secretkey", "token")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_DEEPEST = 6


@lru_cache(maxsize=4096)
def is_secret(key: str) -> bool:
    """Whether a field of this name holds a secret: `password`, `X-Api-Key`, `accesstoken`; not `max_tokens`."""
    words = [word.lower() for word in _WORD.findall(key[:200])]
    if not _WORDS.isdisjoint(words) or any(word.endswith(_ENDINGS) for word in words):
        return True
    return any(" ".join(pair) in _PAIRS for pair in pairwise(words))


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that replaces secrets, in nested mappings and sequences too."""
    for key, value in event.items():
        if is_secret(key):
            event[key] = SCRUBBED
        elif isinstance(value, Mapping | list | tuple):
            event[key] = _scrubbed(value, _DEEPEST)
    return event


def _scrubbed(value: Any, depth: int) -> Any:
    if depth == 0:
        return value
    if isinstance(value, Mapping):
        return {
            key: SCRUBBED if isinstance(key, str) and is_secret(key) else _scrubbed(inner, depth - 1)
            for key, inner in value.items()  # pyright: ignore[reportUnknownVariableType]  anything may be logged
        }
    if type(value) is list:
        return [_scrubbed(inner, depth - 1) for inner in value]  # pyright: ignore[reportUnknownVariableType]  as above
    if type(value) is tuple:
        return tuple(_scrubbed(inner, depth - 1) for inner in value)  # pyright: ignore[reportUnknownVariableType]  as above
    return value
