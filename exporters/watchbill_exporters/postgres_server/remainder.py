"""The rest of a table: what has no series of its own, summed, so that a sum over all series stays right."""

from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from watchbill.catalogue import Counter, Metric, Unit
from watchbill_exporters.collector import Key, Measured, column
from watchbill_exporters.postgres_server.table import Table

WHOLE = "whole"
"""The column that is true in the row with a database's sums, which a query gives only where it leaves rows out."""

MOST_REMEMBERED = 64
"""Databases: more than are read at once, so that those that come and go do not add up."""

Numbers = dict[str, float]
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(slots=True)
class _Sight:
    """What a database's rows said: the sums of all objects, and each that is shown."""

    sums: Numbers = field(default_factory=dict[str, float])
    shown: dict[Key, Numbers] = field(default_factory=dict[Key, Numbers])


@dataclass(slots=True)
class Remainder:
    """The metrics of a query that gives one row for each of the top objects, and one with the sums of all objects.

    A gauge's rest is the sum less what is shown. A counter's rest counts from 0 on since the first reading, by what the
    sums grew more than what is shown: an object that enters or leaves the top, or is dropped, then makes no jump.
    """

    metrics: Mapping[str, Metric]
    labels: tuple[str, ...]
    rest: Key
    most: int
    _before: dict[str, _Sight] = field(default_factory=dict[str, _Sight])
    _grown: dict[str, Numbers] = field(default_factory=dict[str, Numbers])

    def measured(self, table: Table) -> list[Measured]:
        """All metrics that this server's version has, in the databases that the table has rows of."""
        present = {name: metric for name, metric in self.metrics.items() if name in table}
        keys = table.keys(*self.labels)
        whole = [bool(value) for value in table.numbers(WHOLE)]
        cut = self._cut(keys, whole)
        if not any(whole) and not any(cut):
            for database in {key[0] for key in keys}:
                self._before.pop(database, None)
            return list(table.measured(present, keys))
        columns = {name: table.numbers(name) for name in present}
        shown = [row for row, is_whole in enumerate(whole) if not is_whole and not cut[row]]
        rests = self._rests(columns, keys, whole, cut)
        all_keys = [keys[row] for row in shown] + [(database, *self.rest) for database in rests]
        return [
            column(
                metric, all_keys, [columns[name][row] for row in shown] + [rest.get(name) for rest in rests.values()]
            )
            for name, metric in present.items()
        ]

    def _cut(self, keys: Sequence[Key], whole: Sequence[bool]) -> list[bool]:
        """Which rows are too many: where the databases have more than `most` together, each keeps an equal share."""
        if len(keys) <= self.most:
            return [False] * len(keys)
        databases = Counts(key[0] for key, is_whole in zip(keys, whole, strict=True) if not is_whole)
        share = self.most // max(1, len(databases)) if databases.total() > self.most else self.most
        places: Counts[str] = Counts()
        cut: list[bool] = []
        for key, is_whole in zip(keys, whole, strict=True):
            places[key[0]] += not is_whole
            cut.append(not is_whole and places[key[0]] > share)
        return cut

    def _rests(
        self,
        columns: Mapping[str, Sequence[float | None]],
        keys: Sequence[Key],
        whole: Sequence[bool],
        cut: Sequence[bool],
    ) -> dict[str, Numbers]:
        """By database and column, where rows are left out."""
        seen: defaultdict[str, _Sight] = defaultdict(_Sight)
        unseen: defaultdict[str, list[Numbers]] = defaultdict(list)
        for row, key in enumerate(keys):
            found = {name: value for name, values in columns.items() if (value := values[row]) is not None}
            if whole[row]:
                seen[key[0]].sums = found
            elif cut[row]:
                unseen[key[0]].append(found)
            else:
                seen[key[0]].shown[key] = found
        for database, others in unseen.items():
            # Without a row of the sums, all objects of the database are here.
            sight = seen[database]
            sight.sums = sight.sums or _summable(self.metrics, _total([*sight.shown.values(), *others]))
        rests: dict[str, Numbers] = {}
        for database, now in seen.items():
            before = self._before.pop(database, now)
            if now.sums:
                rests[database] = self._rest(database, before, now)
                _remember(self._before, database, now)
        return rests

    def _rest(self, database: str, before: _Sight, now: _Sight) -> Numbers:
        counted, shown = self._grown.get(database, {}), _total(now.shown.values())
        _remember(self._grown, database, counted)
        growth = _total(
            {name: value - earlier[name] for name, value in found.items() if name in earlier}
            for key, found in now.shown.items()
            if (earlier := before.shown.get(key)) is not None
        )
        rest: Numbers = {}
        for name, total in now.sums.items():
            if isinstance(self.metrics[name], Counter):
                more = total - before.sums.get(name, total) - growth.get(name, 0.0)
                rest[name] = counted[name] = counted.get(name, 0.0) + max(0.0, more)
            else:
                rest[name] = max(0.0, total - shown.get(name, 0.0))
        return rest


@dataclass(slots=True)
class Growth:
    """A counter that goes up by what a sum has grown since the reading before; a sum that falls leaves it as it is.

    The sum over the tables of a database falls when one is dropped, which Prometheus would take for a restart.
    """

    _before: dict[Key, float] = field(default_factory=dict[Key, float])
    _counted: dict[Key, float] = field(default_factory=dict[Key, float])

    def counted(self, key: Key, total: float) -> float:
        """What has been counted since the first reading."""
        counted = self._counted.get(key, 0.0) + max(0.0, total - self._before.get(key, total))
        _remember(self._before, key, total)
        _remember(self._counted, key, counted)
        return counted


def _remember(memory: dict[_K, _V], key: _K, value: _V) -> None:
    """What was longest not seen is forgotten first."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > MOST_REMEMBERED:
        del memory[next(iter(memory))]


def _total(found: Iterable[Numbers]) -> Numbers:
    total: Numbers = {}
    for numbers in found:
        for name, value in numbers.items():
            total[name] = total.get(name, 0.0) + value
    return total


def _summable(metrics: Mapping[str, Metric], numbers: Numbers) -> Numbers:
    """Without moments, whose sum says nothing."""
    return {name: value for name, value in numbers.items() if metrics[name].unit is not Unit.TIMESTAMP}
