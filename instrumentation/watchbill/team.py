"""Who owns a service, and how they are reached."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from watchbill.problem import Declared, Place, Problem

_NAME = re.compile(r"[a-z][a-z0-9-]{0,28}")
NAME_RULE = "use lower-case letters, digits and hyphens, starting with a letter, at most 29 characters"


def is_name(value: object) -> bool:
    """Whether a value can name a service, team or dependency: in labels, file names, addresses and uids alike."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


@runtime_checkable
class Receiver(Protocol):
    """A way to notify people: Slack, a webhook, …"""

    @property
    def place(self) -> Place: ...

    def problems(self) -> Iterator[Problem]:
        """Every mistake of this receiver."""
        ...

    def integration(self) -> tuple[str, Mapping[str, object]]:
        """Alertmanager's key for this kind (`slack_configs`) and one entry under it."""
        ...

    def delivered_to(self, address: str, secrets: Path) -> Self:
        """The same receiver, delivering to an address of the development stack; secret files go to a folder."""
        ...


def is_receiver(value: object) -> bool:
    """Whether a value can notify people; a receiver's class alone cannot."""
    return isinstance(value, Receiver) and not isinstance(value, type)


@dataclass(frozen=True)
class Team(Declared):
    """The people behind services: `page` wakes someone now, `ticket` waits for office hours."""

    name: str
    page: Receiver = field(kw_only=True)
    ticket: Receiver = field(kw_only=True)

    def problems(self) -> Iterator[Problem]:
        if not is_name(self.name):
            yield self.problem(f"{self.name!r} is no team name", NAME_RULE)
        for role, receiver in (("page", self.page), ("ticket", self.ticket)):
            if not is_receiver(receiver):
                # Not shown: it may well be an address with its secret.
                yield self.problem(
                    f"{role} of team {self.name!r} is a {type(receiver).__name__}, no receiver",
                    'give one, such as Slack("#team", url_file=…)',
                )
            else:
                yield from receiver.problems()
