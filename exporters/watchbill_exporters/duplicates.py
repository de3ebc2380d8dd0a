"""Series that two collectors of one target read: the first one's stay, for a scraper refuses a page that has both."""

from collections.abc import Sequence
from dataclasses import replace

from watchbill_exporters.collector import Collected, Key, Measured

Name = tuple[str, str]


def without_duplicates(outcomes: Sequence[Collected]) -> Sequence[Collected]:
    """The same outcomes; what is left out counts as dropped. Within one collector no series stands twice."""
    shared = _shared(outcomes)
    if not shared:
        return outcomes
    known: dict[Name, set[Key]] = {name: set() for name in shared}
    return [_first(outcome, known) for outcome in outcomes]


def _shared(outcomes: Sequence[Collected]) -> set[Name]:
    """Names that more than one collector has."""
    owners: dict[Name, int] = {}
    shared: set[Name] = set()
    for number, outcome in enumerate(outcomes):
        for one in outcome.measured:
            name = one.metric.name, one.suffix
            if owners.setdefault(name, number) != number:
                shared.add(name)
    return shared


def _first(outcome: Collected, known: dict[Name, set[Key]]) -> Collected:
    own: dict[Name, set[Key]] = {}
    left: list[Measured] = []
    dropped = 0
    for one in outcome.measured:
        name = one.metric.name, one.suffix
        taken = known.get(name)
        if taken is None or taken.isdisjoint(one.keys):
            left.append(one)
        else:
            pairs = [pair for pair in zip(one.keys, one.values, strict=True) if pair[0] not in taken]
            dropped += len(one.keys) - len(pairs)
            left.append(Measured(one.metric, [key for key, _ in pairs], [value for _, value in pairs], one.suffix))
        if taken is not None:
            own.setdefault(name, set()).update(one.keys)
    for name, keys in own.items():
        known[name] |= keys
    return replace(outcome, measured=left, dropped=outcome.dropped + dropped) if dropped else outcome
