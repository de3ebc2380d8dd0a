"""How encoded spans reach a collector: what both protocols share."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

_PREFIXES = ("OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_")
_TIMEOUT_SECONDS = 5.0
_NAME = re.compile("[a-z0-9!#$%&'*+.^_`|~-]+")


class NotTaken(RuntimeError):
    """The collector did not take a batch. `temporary` is worth another attempt, after so many seconds if it says so."""

    def __init__(self, text: str, *, temporary: bool, after: float | None = None) -> None:
        self.temporary = temporary
        self.after = after
        super().__init__(text)


class Transport(Protocol):
    """One way to the collector; used by one thread, but for `interrupt`."""

    def send(self, body: bytes, seconds: float) -> None:
        """Hands over a request within a time; raises NotTaken."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...

    def interrupt(self) -> None:
        """Has a send under way fail soon; called from another thread, at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What OpenTelemetry's variables say about sending traces by OTLP. `timeout` is in seconds, for all attempts."""

    headers: dict[str, str]
    timeout: float
    compressed: bool
    certificate: Path | None
    client_certificate: Path | None
    client_key: Path | None

    @classmethod
    def of(cls) -> "Settings":
        """As set; ValueError for what cannot be read."""
        compression = _said("COMPRESSION").lower() or "none"
        if compression not in {"none", "gzip"}:
            raise ValueError(f"OTEL_EXPORTER_OTLP_COMPRESSION={compression!r} is unknown: use gzip or none")
        timeout = _said("TIMEOUT")
        try:
            seconds = float(timeout or _TIMEOUT_SECONDS)
        except ValueError:
            seconds = 0
        if not 0 < seconds < 3600:
            raise ValueError(f"OTEL_EXPORTER_OTLP_TIMEOUT={timeout!r} is no number of seconds above 0 and below 3600")
        return cls(
            headers=_headers(_said("HEADERS")),
            timeout=seconds,
            compressed=compression == "gzip",
            certificate=_file("CERTIFICATE"),
            client_certificate=_file("CLIENT_CERTIFICATE"),
            client_key=_file("CLIENT_KEY"),
        )


def _said(name: str) -> str:
    return next((text for prefix in _PREFIXES if (text := os.environ.get(prefix + name, "").strip())), "")


def _headers(text: str) -> dict[str, str]:
    """Read without OpenTelemetry's parser, which logs what it cannot read, secrets and all."""
    found: dict[str, str] = {}
    for place, entry in enumerate(text.split(","), 1):
        name, sign, value = (unquote(part).strip() for part in entry.partition("="))
        name = name.lower()
        if sign and _NAME.fullmatch(name) and value.isascii() and value.isprintable():
            found[name] = value
        elif entry.strip():
            raise ValueError(f"OTEL_EXPORTER_OTLP_HEADERS: entry {place} is no name=value with the value URL-encoded")
    return found


def _file(name: str) -> Path | None:
    text = _said(name)
    if text and not Path(text).is_file():
        raise ValueError(f"OTEL_EXPORTER_OTLP_{name}={text!r} is no file")
    return Path(text) if text else None
