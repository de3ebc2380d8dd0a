"""FastAPI's own OpenTelemetry telemetry, which FastAPI 0.142 and later runs around an application.

It has no switch that can be turned once the application exists, so its settings are changed in place, and put back.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry import metrics, trace

from watchbill.asgi import App, Receive, Scope, Send

SINCE = "0.142"
_SETTINGS = "_telemetry"
_VARIABLE = "FASTAPI_OTEL_AUTO_CONFIGURE"
_SCOPE_KEY = "fastapi.telemetry"
_DEFAULTS: dict[str, object] = {"tracing": True, "tracer_provider": None, "exclude": None, "operation_spans": True}


class FastApiTelemetry:
    """The telemetry settings of one application."""

    def __init__(self, settings: MutableMapping[str, Any]) -> None:
        self._settings = settings
        self._before: dict[str, Any] = {}

    @classmethod
    def of(cls, app: Any) -> "FastApiTelemetry | None":
        """None for what is no FastAPI, or one that has no telemetry of its own yet."""
        settings: Any = getattr(app, _SETTINGS, None)
        return cls(settings) if settings is not None and hasattr(app, "_native_telemetry") else None

    @staticmethod
    def is_known(app: Any) -> bool:
        """Whether this is a FastAPI application, of whatever version."""
        return any(kind.__module__ == "fastapi.applications" for kind in type(app).__mro__)

    @property
    def is_configured(self) -> bool:
        """Whether the application said something about spans: `FastAPI(telemetry={...})`, or FastAPI's variable."""
        said = any(self._settings.get(name, value) != value for name, value in _DEFAULTS.items())
        return said or (bool(self._settings.get("auto_configure")) and not _configures_itself())

    @property
    def makes_spans(self) -> bool:
        """Whether the application asks it for server spans."""
        return self.is_configured and bool(self._settings.get("tracing"))

    def silence(self) -> None:
        """No spans of its own; its metrics and log records stay as they are."""
        self._set(tracing=False)

    def take(self, provider: trace.TracerProvider, excluded: Callable[[Scope], bool]) -> None:
        """Has it make the server spans with a provider, not those inside; no metrics unless a meter is configured."""
        self._set(tracing=True, tracer_provider=provider, operation_spans=False, exclude=excluded)
        meter = self._settings.get("meter_provider") or metrics.get_meter_provider()
        if type(meter).__name__.lstrip("_") == "ProxyMeterProvider":
            self._set(metrics=False)

    def restore(self) -> None:
        """The settings as they were."""
        self._settings.update(self._before)
        self._before.clear()

    def _set(self, **settings: Any) -> None:
        for name, value in settings.items():
            self._before.setdefault(name, self._settings[name])
            self._settings[name] = value


def _configures_itself() -> bool:
    """Whether this FastAPI has `auto_configure` on where nobody asked for it, as 0.142 has."""
    from fastapi import FastAPI

    return _VARIABLE not in os.environ and bool(getattr(FastAPI(), _SETTINGS).get("auto_configure"))


def lone(router: App) -> App:
    """A router under which no FastAPI application begins a server span: one is there already."""

    def route(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        scope.setdefault(_SCOPE_KEY, None)
        return router(scope, receive, send)

    return route
