"""Where spans are sent, as code or OpenTelemetry's variables say it."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
)

from watchbill.traces.export import PROTOCOLS, shown

TRACES_EXPORTER = "OTEL_TRACES_EXPORTER"
REMEDY = "give http://host:4318 or the like"
_PATH = "/v1/traces"
_GRPC = "grpc"


@dataclass(frozen=True, slots=True)
class Destination:
    """A collector's full address and the protocol it speaks; an empty address sends nothing."""

    endpoint: str
    protocol: str

    @classmethod
    def of(cls, endpoint: str | None, protocol: str | None) -> "Destination":
        """What the code gives, else the environment."""
        spoken = protocol or said(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL) or said(OTEL_EXPORTER_OTLP_PROTOCOL)
        spoken = spoken.lower() or PROTOCOLS[0]
        if endpoint:
            return cls(_full(endpoint, spoken), spoken)
        if said(TRACES_EXPORTER).lower() == "none":
            return cls("", spoken)
        base = said(OTEL_EXPORTER_OTLP_ENDPOINT)
        return cls(said(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) or (_full(base, spoken) if base else ""), spoken)

    @property
    def shown(self) -> str:
        """As people may read it."""
        return f"{shown(self.endpoint)} by gRPC" if self.endpoint and self.protocol == _GRPC else shown(self.endpoint)

    def faults(self) -> list[str]:
        """What of it cannot be used. Only the environment's part can still be wrong here."""
        faults: list[str] = []
        if self.endpoint and not is_address(self.endpoint):
            faults.append(f"{shown(self.endpoint)!r}, from {OTEL_EXPORTER_OTLP_ENDPOINT}, is no address: {REMEDY}")
        if self.endpoint and self.protocol not in PROTOCOLS:
            faults.append(f"{OTEL_EXPORTER_OTLP_PROTOCOL}={self.protocol!r} is unknown: use {' or '.join(PROTOCOLS)}")
        if self.protocol == _GRPC and "@" in self.endpoint:
            faults.append("gRPC has no user and password in the address: put them into OTEL_EXPORTER_OTLP_HEADERS")
        return faults


def said(variable: str) -> str:
    """A variable of the environment without blanks around."""
    return os.environ.get(variable, "").strip()


def is_address(value: object) -> bool:
    """Whether a collector can be reached by it; a password with `#` or `/` in it, not encoded, makes it none."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")) or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0 and " " not in value
    except ValueError:
        return False


def _full(base: str, protocol: str) -> str:
    bare = base.rstrip("/").removesuffix(_PATH)
    return bare if protocol == _GRPC else bare + _PATH
