"""What runs here, since when."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from watchbill.lifecycle import Lifecycle
from watchbill.store.store import Store
from watchbill.versions import versions


class Status:
    """The status page; `store` knows the other workers."""

    def __init__(self, service: str, version: str, revision: str, env: str, lifecycle: Lifecycle, store: Store) -> None:
        self.service = service
        self.lifecycle = lifecycle
        self._build = {"service": service, "version": version, "revision": revision, "env": env}
        self._store = store
        self._began = monotonic()
        self._began_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def __call__(self) -> Mapping[str, Any]:
        """The uptime is that of the Observability."""
        known = versions()
        return {
            **self._build,
            "stage": self.lifecycle.stage,
            "started_at": self._began_at,
            "uptime_seconds": round(monotonic() - self._began, 1),
            "workers": self._store.worker_count,
            "pid": os.getpid(),
            "python": known.pop("python"),
            "libraries": known,
        }
