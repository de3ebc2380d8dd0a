"""Changes that say the same of many, said once."""

from collections.abc import Iterable, Iterator

from watchbill_stack.difference.change import Area, Change

FEWEST = 3
"""Changes of a service that say the same are put together from this many on."""
_PLURALS: dict[Area, str] = {"alert": "alerts", "recording": "recording rules", "panel": "panels", "runbook": "pages"}


def together(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, in the order of the first of each kind; of those put together the alerts are named."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for index, change in enumerate(changes):
        same = (change.area, change.verb, change.detail, change.service, change.breaking)
        can_join = change.area in _PLURALS and change.verb == "changed" and change.service and not change.alerts
        groups.setdefault(same if can_join else (index,), []).append(change)
    for members in groups.values():
        yield from members if len(members) < FEWEST else (_joined(members),)


def _joined(members: list[Change]) -> Change:
    first = members[0]
    names = list(dict.fromkeys(change.name.partition(" ")[0] for change in members))
    joined = Change(
        first.area,
        f"{len(members)} {_PLURALS[first.area]} of {first.service}",
        first.verb,
        first.detail,
        first.breaking,
        first.service,
        alerts=names if first.area == "alert" else [],
    )
    for change in members:
        for what, number in change.follows.items():
            joined.follows[what] = joined.follows.get(what, 0) + number
    return joined
