"""How the application's log lines look and where they go."""

import sys
from dataclasses import dataclass
from typing import Literal, Protocol

from watchbill.environment import Level

Style = Literal["json", "console"]

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
    requests: Literal["DEBUG", "INFO"] | None = "INFO"

    def style_in(self, env: str) -> Style:
        """The style as given, or the environment's."""
        return self.style or ("console" if env in _DEVELOPMENT else "json")


class Output:
    """Writes whole lines, one at a time."""

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        """Writes one line at once, so that lines of several threads do not mix."""
        stream = self._stream or sys.stdout
        stream.write(line + "\n")
        stream.flush()
