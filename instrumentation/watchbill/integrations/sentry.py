"""Sentry's SDK, where the application has set it up: recognised, never changed."""

import sys
from typing import Any

_SERVERS = frozenset({"starlette", "fastapi", "asgi"})


def traces() -> bool:
    """Whether Sentry makes a transaction of each request."""
    sdk: Any = sys.modules.get("sentry_sdk")
    try:
        client = sdk.get_client() if sdk is not None else None
        if client is None or not client.is_active():
            return False
        options = client.options
        sampled = options.get("traces_sample_rate") is not None or options.get("traces_sampler") is not None
        return sampled and not _SERVERS.isdisjoint(client.integrations)
    except Exception:  # noqa: BLE001  what cannot be asked is not told of
        return False
