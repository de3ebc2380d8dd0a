"""What is instrumented, what is not, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["on", "off", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One part, its state, and the reason in a person's words."""

    subject: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every part of one Observability, and the versions of the libraries in use; `print` it."""

    service: str
    entries: tuple[Entry, ...] = field(default=())
    versions: Mapping[str, str] = field(default_factory=dict[str, str])

    def __getitem__(self, subject: str) -> Entry:
        """The entry of a part; KeyError when there is none."""
        for entry in self.entries:
            if entry.subject == subject:
                return entry
        raise KeyError(subject)

    def __str__(self) -> str:
        width = max((len(entry.subject) for entry in self.entries), default=0)
        lines = [f"{entry.subject:<{width}}  {entry.state:<6}  {entry.reason}".rstrip() for entry in self.entries]
        known = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return "\n".join([f"watchbill: service {self.service}", *lines, *([f"with {known}"] if known else [])])

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "service": self.service,
            "entries": [asdict(entry) for entry in self.entries],
            "versions": dict(self.versions),
        }
