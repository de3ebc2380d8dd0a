"""One change between two states of a stack, and what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Area = Literal[
    "service",
    "metric",
    "objective",
    "dependency",
    "alert",
    "recording",
    "route",
    "receiver",
    "inhibition",
    "dashboard",
    "panel",
    "scraping",
    "runbook",
    "file",
]
Verb = Literal["added", "removed", "renamed", "changed", "moved"]


@dataclass
class Change:
    """`detail` says it in words. Who reads what is `breaking` must change too.

    `alerts` and `follows` are what changed because of it and is no change of its own: alerts by name, and how many of
    everything else by what it is called.
    """

    area: Area
    name: str
    verb: Verb
    detail: str = ""
    breaking: bool = False
    service: str = ""
    alerts: list[str] = field(default_factory=list[str])
    follows: dict[str, int] = field(default_factory=dict[str, int])

    def affects(self, alerts: Iterable[str]) -> None:
        """Alerts that change with it, each named once."""
        self.alerts += [alert for alert in dict.fromkeys(alerts) if alert not in self.alerts]

    def carries(self, what: str) -> None:
        """One thing more that changes with it."""
        self.follows[what] = self.follows.get(what, 0) + 1

    @property
    def line(self) -> str:
        """The whole change in one line."""
        said = self.detail or self.verb
        affected = f"; alerts affected: {', '.join(self.alerts)}" if self.alerts else ""
        return f"{self.name}: {said}{affected}"
