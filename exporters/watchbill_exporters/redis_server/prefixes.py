"""Keys and memory by declared prefix, counted now and then over a connection of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import perf_counter

from watchbill.catalogue.redis_server.keys import (
    REDIS_KEY_GROUP_COMPLETE,
    REDIS_KEY_GROUP_COUNT,
    REDIS_KEY_GROUP_LOOKED_AT,
    REDIS_KEY_GROUP_MEMORY,
    REDIS_KEY_GROUP_SECONDS,
    REDIS_KEYS_COUNT,
    UNCLASSIFIED,
)
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.redis_server.declared import Declared, Prefixes
from watchbill_exporters.redis_server.key_scan import KeyScan
from watchbill_exporters.redis_server.protocol import Wire

_SAMPLED_OF_A_SLICE = 5
"""Keys of each group whose memory is asked for in each slice of a thousand keys."""


class PrefixCount:
    """Counts the prefixes of one database."""

    def __init__(self, prefixes: Prefixes) -> None:
        self._prefixes = prefixes
        self.name = f"prefixes_db{prefixes.database}"
        self.every = prefixes.every

    async def read(self, wire: Wire, deadline: Deadline) -> Sequence[Measured]:
        """Walks through the keys; raises Refused for a missing right, TargetDown for a lost connection."""
        began = perf_counter()
        scan = KeyScan(wire, deadline)
        _, keys = await scan.ask(("SELECT", str(self._prefixes.database)), ("DBSIZE",))
        groups = {name: _Group() for name in (*self._prefixes.names, UNCLASSIFIED)}
        looked_at = 0
        # Some time is kept for the last slice, which may have begun a moment before the end.
        until = deadline.within(min(self._prefixes.seconds, deadline.remaining * 0.8))
        async for names in scan.slices(until):
            looked_at += len(names)
            sampled = _sorted_into(groups, names)
            if self._prefixes.memory and sampled:
                used = await scan.ask(*(("MEMORY", "USAGE", key) for _, key in sampled))
                for (group, _), size in zip(sampled, used, strict=True):
                    groups[group].weigh(size)
        # What the walk has not reached is as what it has.
        share = 1.0 if scan.is_complete or not looked_at else max(_whole(keys) / looked_at, 1.0)
        return list(self._measured(groups, looked_at, share, scan.is_complete, perf_counter() - began))

    def _measured(
        self, groups: "Mapping[str, _Group]", looked_at: int, share: float, complete: bool, seconds: float
    ) -> Iterator[Measured]:
        database: Key = (f"db{self._prefixes.database}",)
        counts = {name: float(round(group.keys * share)) for name, group in groups.items()}
        yield series(REDIS_KEY_GROUP_COUNT, [((*database, name), count) for name, count in counts.items()])
        named = [((*database, f"{name}*"), counts[name]) for name in self._prefixes.names]
        yield series(REDIS_KEYS_COUNT, named)
        weights = {name: group.mean for name, group in groups.items()}
        known = [((*database, name), counts[name] * mean) for name, mean in weights.items() if mean is not None]
        if self._prefixes.memory:
            yield series(REDIS_KEY_GROUP_MEMORY, known)
        yield series(REDIS_KEY_GROUP_COMPLETE, [(database, float(complete))])
        yield series(REDIS_KEY_GROUP_LOOKED_AT, [(database, float(looked_at))])
        yield series(REDIS_KEY_GROUP_SECONDS, [(database, seconds)])


class _Group:
    """Keys of one prefix: how many, and the memory of some of them."""

    def __init__(self) -> None:
        self.keys = 0
        self._weighed = 0
        self._bytes = 0

    @property
    def mean(self) -> float | None:
        """Bytes of a key; 0 without keys, None where none was weighed."""
        if not self.keys:
            return 0.0
        return self._bytes / self._weighed if self._weighed else None

    def weigh(self, size: object) -> None:
        """Takes a key's memory into account; a key that has gone meanwhile has none."""
        if isinstance(size, int):
            self._weighed += 1
            self._bytes += size


def prefix_counts(declared: Declared) -> Mapping[str, PrefixCount]:
    """Those that a target needs, by the name of their collector."""
    return {count.name: count for count in map(PrefixCount, declared.prefixes)}


def _sorted_into(groups: Mapping[str, _Group], names: Iterable[str]) -> list[tuple[str, str]]:
    """Counts a slice's keys, each under every prefix it has, and picks the first few of each group."""
    prefixes = tuple(name for name in groups if name != UNCLASSIFIED)
    picked: dict[str, list[str]] = {name: [] for name in groups}
    for key in names:
        found = (
            [prefix for prefix in prefixes if key.startswith(prefix)] if key.startswith(prefixes) else [UNCLASSIFIED]
        )
        for group in found:
            groups[group].keys += 1
            if len(picked[group]) < _SAMPLED_OF_A_SLICE:
                picked[group].append(key)
    return [(group, key) for group, keys in picked.items() for key in keys]


def _whole(reply: object) -> int:
    return reply if isinstance(reply, int) else 0
