"""What is instrumented, what is not, and why."""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["on", "off", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One part, its state, and the reason in a person's words."""

    subject: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every part of one Observability; `print` it."""

    service: str
    entries: tuple[Entry, ...] = field(default=())

    def __getitem__(self, subject: str) -> Entry:
        """The entry of a part; KeyError when there is none."""
        for entry in self.entries:
            if entry.subject == subject:
                return entry
        raise KeyError(subject)

    def __str__(self) -> str:
        width = max((len(entry.subject) for entry in self.entries), default=0)
        lines = [f"{entry.subject:<{width}}  {entry.state:<6}  {entry.reason}".rstrip() for entry in self.entries]
        return "\n".join([f"watchbill: service {self.service}", *lines])
