"""Which queues are asked for, and which of them are shown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from watchbill_exporters.collector import Key
from watchbill_exporters.json_value import is_mapping, number
from watchbill_exporters.rabbitmq_server.settings import DEFAULT_VHOST, RabbitmqSettings

Row = dict[str, Any]
"""A queue as the listener describes it: any value under any name."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The queues of a target, as its configuration chooses them."""

    settings: RabbitmqSettings

    @property
    def declared(self) -> tuple[str, ...]:
        """Names in full: these queues are shown whatever they hold, and even when there are none."""
        plain = (name for name in self.settings.queues if "*" not in name)
        return tuple(dict.fromkeys((*plain, *self.settings.celery_queues)))

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the cluster's queues are asked for."""
        return bool(self.settings.queues or self.settings.vhosts)

    @property
    def pattern(self) -> str | None:
        """What the listener is asked to match names with; None for all."""
        names = (*self.settings.queues, *self.settings.celery_queues)
        return pattern_of(names) if self.settings.queues else None

    @property
    def vhosts(self) -> tuple[str | None, ...]:
        """The virtual hosts to ask for, each in a request; None means all in one."""
        return self.settings.vhosts or (None,)

    def missing_key(self, name: str) -> Key:
        """Under which labels a declared queue is shown that does not exist."""
        return (self.settings.vhosts[0] if self.settings.vhosts else DEFAULT_VHOST, name)

    def shown(self, rows: Iterable[Row]) -> list[Row]:
        """Declared queues, and of the others those with the most messages; in the order of their names."""
        found = {key_of(row): row for row in rows if is_named(row)}
        declared = set(self.declared)
        others = [row for key, row in found.items() if key[1] not in declared]
        others.sort(key=lambda row: (-(number(row.get("messages")) or 0.0), key_of(row)))
        kept = [row for key, row in found.items() if key[1] in declared] + others[: self.settings.top]
        return sorted(kept, key=key_of)


def pattern_of(names: Sequence[str]) -> str:
    """A regular expression that both this process and the server understand."""
    alternatives = (".*".join(map(re.escape, name.split("*"))) for name in names)
    return f"^(?:{'|'.join(alternatives)})$"


def key_of(row: Row) -> Key:
    """Virtual host and name."""
    return (row["vhost"], row["name"])


def is_named(row: object) -> TypeGuard[Row]:
    """Whether this is a queue with a name."""
    return is_mapping(row) and isinstance(row.get("vhost"), str) and isinstance(row.get("name"), str)
