"""One check as it is declared, and what a run of it found."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from watchbill.errors import InvalidDeclaration
from watchbill.health.reason import reason_of
from watchbill.logs.scrubbing import scrub
from watchbill.logs.secrets import redact
from watchbill.problem import is_a
from watchbill.team import NAME_RULE, is_name

OWN_PAGES = frozenset({"live", "ready", "detailed", "performance", "status"})


@dataclass(frozen=True, slots=True)
class Result:
    """What a check may return where there is more to say than passed or failed. `reason` is for people."""

    ok: bool
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Check:
    """A named function; `timeout` in seconds. A critical one that fails makes the service not ready."""

    name: str
    run: Callable[[], object] = field(hash=False)
    timeout: float
    critical: bool

    def __post_init__(self) -> None:
        faults: list[str] = []
        if not is_name(self.name):
            faults.append(f"{self.name!r} is no name for a check: {NAME_RULE}")
        elif self.name in OWN_PAGES:
            faults.append(f"{self.name!r} is a page of its own; choose another name")
        run: object = self.run
        if not callable(run):
            faults.append(f"{run!r} cannot be called: give a function without arguments")
        number = is_a(self.timeout, float) or is_a(self.timeout, int)
        if not number or not 0 < self.timeout < float("inf"):
            faults.append(f"timeout={self.timeout!r}: give seconds above 0")
        if faults:
            raise InvalidDeclaration(f"check {self.name!r}", faults)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found: when it ended (Unix time), and after how many seconds."""

    ok: bool
    reason: str
    details: Mapping[str, Any]
    seconds: float
    at: float

    @classmethod
    def of(cls, value: object, error: BaseException | None, seconds: float, at: float) -> "Outcome":
        """Judges what a check returned or raised: False and a Result may fail, all else that is returned passes."""
        if error is not None:
            return cls(False, reason_of(error), {}, seconds, at)
        try:
            ok, reason, details = _judged(value)
        except Exception as failure:  # noqa: BLE001  a result of the application's may refuse to be true or false
            return cls(False, reason_of(failure), {}, seconds, at)
        return cls(ok, reason, details, seconds, at)

    @property
    def status(self) -> str:
        """`ok` or `failed`."""
        return "ok" if self.ok else "failed"

    @property
    def checked_at(self) -> str:
        """When it ended, as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _judged(value: object) -> tuple[bool, str, dict[str, Any]]:
    if isinstance(value, Result):
        reason = "" if value.ok else reason_of(value.reason or "failed without a reason")
        return bool(value.ok), reason, _shown(value.details)
    return value is not False, "returned False" if value is False else "", _shown(value)


def _shown(details: object) -> dict[str, Any]:
    """A mapping without its secrets, as JSON; what JSON has no words for is text."""
    if not isinstance(details, Mapping):
        return {}
    given = cast("Mapping[object, object]", details)
    try:
        scrubbed = scrub(None, "", {str(key): value for key, value in given.items()})
        told = json.dumps(scrubbed, default=lambda value: redact(str(value)), skipkeys=True)
        shown: dict[str, Any] = json.loads(told, parse_constant=str)
    except Exception as error:  # noqa: BLE001  details are the application's, and no reason to fail
        return {"error": reason_of(error)}
    return shown
