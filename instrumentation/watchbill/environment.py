"""What the environment says: switches that turn parts off without a change of code, and who the service is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import unquote

from watchbill.errors import InvalidDeclaration

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

DEPLOYMENT_ENVIRONMENT_NAME = "deployment.environment.name"
"""OpenTelemetry's resource attribute, whose own constant exists only since its version 1.42."""

_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Which parts run.

    Read from MONITORING_ENABLED, PROMETHEUS_ENABLED, STRUCTURED_LOGGING, LOG_LEVEL and ENVIRONMENT.
    """

    monitoring: bool = True
    metrics: bool = True
    logs: bool = True
    level: Level = "INFO"
    env: str = "production"

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> "Switches":
        """The switches as set; InvalidDeclaration lists every one that cannot be read."""
        found, faults = cls.read(environ)
        if faults:
            raise InvalidDeclaration("environment", faults)
        return found

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> tuple["Switches", list[str]]:
        """The switches as far as they can be read, and what is wrong with the others."""
        source = os.environ if environ is None else environ
        faults: list[str] = []

        def switch(name: str) -> bool:
            text = source.get(name, "").strip().lower()
            if text and text not in _WORDS:
                faults.append(f"{name}={text!r} is neither true nor false")
            return _WORDS.get(text, True)

        monitoring, metrics, logs = map(switch, ("MONITORING_ENABLED", "PROMETHEUS_ENABLED", "STRUCTURED_LOGGING"))
        level = source.get("LOG_LEVEL", "").strip().upper() or "INFO"
        if level not in get_args(Level):
            faults.append(f"LOG_LEVEL={level!r} is no level: use {', '.join(get_args(Level))}")
        found = cls(
            monitoring=monitoring,
            metrics=metrics,
            logs=logs,
            level=next((known for known in get_args(Level) if known == level), "INFO"),
            env=source.get("ENVIRONMENT", "").strip().lower() or "production",
        )
        return found, faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which service runs, in which build, as the environment tells it."""

    service: str
    version: str
    revision: str

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> "Identity":
        """From WATCHBILL_SERVICE, _VERSION and _REVISION, else from OpenTelemetry's variables.

        Raises InvalidDeclaration when no variable names the service.
        """
        found, faults = cls.read(environ)
        if faults:
            raise InvalidDeclaration("environment", faults)
        return found

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> tuple["Identity", list[str]]:
        """The identity as far as it is given, and what is wrong with it."""
        source = os.environ if environ is None else environ
        resource = _pairs(source.get("OTEL_RESOURCE_ATTRIBUTES", ""))
        service = (
            source.get("WATCHBILL_SERVICE") or source.get("OTEL_SERVICE_NAME") or resource.get("service.name") or ""
        )
        faults: list[str] = []
        if not service:
            faults.append("no service is named: set WATCHBILL_SERVICE or OTEL_SERVICE_NAME")
        found = cls(
            service=service,
            version=source.get("WATCHBILL_VERSION") or resource.get("service.version") or "",
            revision=source.get("WATCHBILL_REVISION") or resource.get("vcs.ref.head.revision") or "",
        )
        return found, faults


def _pairs(text: str) -> dict[str, str]:
    found = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): unquote(value.strip()) for name, _, value in found}
