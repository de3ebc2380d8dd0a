"""How the application's log lines look and where they go."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from watchbill.environment import Level

Style = Literal["json", "console"]
RequestLevel = Literal["DEBUG", "INFO"]

_DEVELOPMENT = frozenset({"dev", "development", "local", "test"})


class Stream(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Log lines of an Observability.

    `style` is JSON everywhere but in a development environment; `level` is LOG_LEVEL's; `stream` is standard output
    as it is when a line is written. `requests` is the level of the one line per request; None writes none.
    """

    style: Style | None = None
    level: Level | None = None
    stream: Stream | None = None
    requests: RequestLevel | None = "INFO"

    def faults(self) -> list[str]:
        """Every value that is none of those allowed."""
        faults: list[str] = []
        for name, value, allowed in (
            ("style", self.style, get_args(Style)),
            ("level", self.level, get_args(Level)),
            ("requests", self.requests, get_args(RequestLevel)),
        ):
            if value is not None and value not in allowed:
                faults.append(f"{name}={value!r} is unknown: give {', '.join(allowed)} or None")
        if self.stream is not None and not hasattr(self.stream, "write"):
            faults.append(f"stream is a {type(self.stream).__name__}, which cannot be written to")
        return faults

    def style_in(self, env: str) -> Style:
        """The style as given, or the environment's."""
        return self.style or ("console" if env in _DEVELOPMENT else "json")


class Output:
    """Writes whole lines, one at a time."""

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream
        self._told = False

    def write(self, line: str) -> None:
        """Writes one line at once, so that lines of several threads do not mix."""
        stream = self._stream or sys.stdout
        stream.write(line + "\n")
        stream.flush()

    def lost(self, error: Exception) -> None:
        """Tells standard error, once, that lines cannot be written."""
        if not self._told:
            self._told = True
            with suppress(Exception):
                sys.stderr.write(f"watchbill: log lines cannot be written: {error!r}\n")
