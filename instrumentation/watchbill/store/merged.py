"""The numbers of several workers as one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from prometheus_client.samples import Exemplar

from watchbill.pace import paced
from watchbill.store.content import Content
from watchbill.store.group import Members
from watchbill.store.layout import ARBITER
from watchbill.store.rooms import Rooms
from watchbill.store.schema import Schema
from watchbill.store.store import SUPERVISOR, Snapshot, StoredFamily, is_newer, read_exemplars

Lost = Callable[[Exception], None]
_ADDED = frozenset({"sum", "live", "worker"})
_FROM_THE_DEAD = frozenset({"sum", "latest"})
_DENSE = 3
_SLICE = 500
"""Cells that are read and added in one step, in which no other thread runs."""
Key = tuple[str, int, bool]


class Part(NamedTuple):
    """One worker's numbers, or those of dead ones."""

    content: Content
    lives: bool

    @property
    def key(self) -> Key:
        """Changes whenever there is more, or less, to read."""
        return self.content.name, self.content.version, self.lives

    @property
    def worker(self) -> str:
        """The value of the label that keeps workers apart."""
        return worker_of(self.content.header.number)

    def suffix(self, schema: Schema) -> tuple[str, ...]:
        """What is added to the label values of its series."""
        return (self.worker,) if schema.merge == "worker" else ()


def worker_of(number: int) -> str:
    """A worker's number as a label value."""
    return str(number) if number >= 0 else SUPERVISOR


Held = tuple[Part, StoredFamily]


class _Family:
    """A family of the merged page, and where its series have been put for good."""

    def __init__(self, schema: Schema, merged: Schema, number: int) -> None:
        self.schema = schema
        self.stored = StoredFamily(merged, number)
        self.places: dict[tuple[str, ...], int] = {}

    def show(self, series: Mapping[tuple[str, ...], None], marked: Mapping[int, int]) -> None:
        """Exposes these; a snapshot that was taken before keeps the family it has."""
        old = self.stored
        if series.keys() == old.series.keys() and marked == old.exemplars:
            return
        fresh = StoredFamily(old.schema, old.number)
        # Those that stay keep their order.
        fresh.series = {values: at for values, at in paced(old.series.items()) if values in series}
        fresh.series.update((values, self.places[values]) for values in paced(series) if values not in old.series)
        fresh.exemplars = dict(marked)
        self.stored = fresh


class Merged:
    """Adds up what workers have written. For one thread at a time.

    A cell of the result is read from one cell of each worker, or from the zero before its first. Which ones is worked
    out when a directory changes; the rest is gathering and adding.
    """

    def __init__(self, worker_label: str, lost: Lost) -> None:
        self._worker_label = worker_label
        self._lost = lost
        self._told: set[tuple[str, str]] = set()
        self._families: dict[str, _Family] = {}
        self._rooms = Rooms(1)
        self._gathered: dict[str, tuple[Key, _Gather]] = {}
        self._keys: list[Key] = []
        self._chosen: list[tuple[str, int, list[tuple[Content, int]]]] = []
        self._marked: dict[int, list[tuple[Content, int, int]]] = {}

    def snapshot(self, members: Members) -> Snapshot:
        """What all of them come to."""
        left = [*([members.archive] if members.archive else []), *members.dead]
        parts = [*(Part(content, lives=True) for content in members.living), *(Part(one, lives=False) for one in left)]
        keys = [part.key for part in parts]
        self._rooms.scraped()
        if keys != self._keys:
            self._arrange(parts)
            self._keys = keys
        cells = _added([(self._gathered[part.content.name][1], part.content.view) for part in parts])
        cells.extend([0.0] * (self._rooms.used - len(cells)))
        for rule, at, sources in self._chosen:
            _choose(rule, at, sources, cells)
        families = {name: family.stored for name, family in self._families.items()}
        return Snapshot(MappingProxyType(families), cells, partial(_newest, self._marked))

    def _arrange(self, parts: Sequence[Part]) -> None:
        if self._schemas(parts):
            self._gathered = {}
        held: dict[str, list[Held]] = {name: [] for name in self._families}
        gathered: dict[str, tuple[Key, _Gather]] = {}
        for part in paced(parts):
            own = self._exposed(part)
            for stored in own:
                held[stored.schema.name].append((part, stored))
            known = self._gathered.get(part.content.name)
            unchanged = known is not None and known[0] == part.key
            gathered[part.content.name] = known if known and unchanged else (part.key, self._gather(part, own))
        self._gathered, self._chosen, self._marked = gathered, [], {}
        for name, family in paced(self._families.items()):
            self._show(family, held[name])

    def _schemas(self, parts: Sequence[Part]) -> bool:
        """Takes the newest worker's schema of each name; whether a known one had to give way."""
        found: dict[str, Schema] = {}
        for part in paced(sorted(parts, key=lambda one: -one.content.header.created)):
            for stored in part.content.families.values():
                if found.setdefault(stored.schema.name, stored.schema) != stored.schema:
                    self._tell(stored.schema.name, part.content)
        outdated = [name for name, family in self._families.items() if found.get(name) != family.schema]
        for name in outdated:
            family = self._families.pop(name)
            for at in family.places.values():
                self._rooms.give_back(at, family.schema.width)
        for number, (name, schema) in enumerate(found.items()):
            if name not in self._families:
                self._families[name] = _Family(schema, self._labelled(schema), number)
        return bool(outdated)

    def _tell(self, family: str, content: Content) -> None:
        if (family, content.name) not in self._told:
            self._told.add((family, content.name))
            who = f"process {content.header.pid}"
            self._lost(ValueError(f"{family!r} of {who} is left out: a newer worker has it with other labels or kind"))

    def _labelled(self, schema: Schema) -> Schema:
        if schema.merge != "worker":
            return schema
        label = self._worker_label
        while label in schema.labels:
            label = f"watchbill_{label}"
        return replace(schema, labels=(*schema.labels, label))

    def _exposed(self, part: Part) -> list[StoredFamily]:
        """What of a part is on the page."""
        return [
            stored
            for stored in part.content.families.values()
            if stored.schema == self._families[stored.schema.name].schema
            and (part.lives or stored.schema.merge in _FROM_THE_DEAD)
            and not (stored.schema.merge == "worker" and part.content.header.number == ARBITER)
        ]

    def _gather(self, part: Part, exposed: Sequence[StoredFamily]) -> "_Gather":
        sources: list[int] = []
        for stored in exposed:
            family, width = self._families[stored.schema.name], stored.schema.width
            if family.schema.merge not in _ADDED:
                continue
            suffix = part.suffix(family.schema)
            for values, at in paced(stored.series.items()):
                to = self._place(family, values + suffix)
                if to + width > len(sources):
                    sources.extend([0] * (to + width - len(sources)))
                sources[to : to + width] = range(at + 1, at + 1 + width)
        return _Gather(sources)

    def _place(self, family: _Family, values: tuple[str, ...]) -> int:
        at = family.places.get(values)
        if at is None:
            at = family.places[values] = self._rooms.take(family.schema.width)
        return at

    def _show(self, family: _Family, held: Sequence[Held]) -> None:
        rule = family.schema.merge
        shown: dict[tuple[str, ...], None] = {}
        sources: dict[tuple[str, ...], list[tuple[Content, int]]] = {}
        marked: dict[int, int] = {}
        for part, stored in held:
            suffix = part.suffix(family.schema)
            shown.update((values + suffix, None) for values in paced(stored.series))
            if rule not in _ADDED:
                for values, at in paced(stored.series.items()):
                    sources.setdefault(values, []).append((part.content, at + 1))
            if stored.exemplars:
                self._mark(family, part.content, stored, marked)
        self._chosen += [(rule, self._place(family, values), found) for values, found in sources.items()]
        for values in [values for values in paced(family.places) if values not in shown]:
            self._rooms.give_back(family.places.pop(values), family.schema.width)
        family.show(shown, marked)

    def _mark(self, family: _Family, content: Content, stored: StoredFamily, marked: dict[int, int]) -> None:
        places = {at: values for values, at in stored.series.items()}
        for at, area in stored.exemplars.items():
            if at in places:
                to = self._place(family, places[at])
                self._marked.setdefault(to, []).append((content, area, family.schema.places))
                marked[to] = 1


class _Gather:
    """Reads a worker's cells in the order of the merged ones."""

    def __init__(self, sources: list[int]) -> None:
        # With two places or more, itemgetter gives a tuple: the second of these is nobody's.
        slices = (sources[start : start + _SLICE] for start in paced(range(0, len(sources), _SLICE)))
        self._reads = [itemgetter(*(one if len(one) > 1 else [*one, 0])) for one in slices]
        self._count = len(sources)

    def read(self, view: "memoryview[float]") -> Iterator[Sequence[float]]:
        """The cells, slice by slice; a list is read from faster, where most of it is wanted."""
        whole = view if len(view) > _DENSE * self._count else view.tolist()
        return (read(whole) for read in self._reads)


def _added(rows: Sequence[tuple[_Gather, "memoryview[float]"]]) -> list[float]:
    """The cells of all, added up."""
    cells: list[float] = []
    read = [gather.read(view) for gather, view in paced(rows)]
    for slices in paced(zip_longest(*read, fillvalue=())):
        cells.extend(map(sum, zip_longest(*slices, fillvalue=0.0)))
    return cells


def _choose(rule: str, at: int, sources: Sequence[tuple[Content, int]], cells: list[float]) -> None:
    if rule in {"max", "min"}:
        cells[at] = (max if rule == "max" else min)(content.view[place] for content, place in sources)
        return
    value, written = max(
        ((content.view[place], content.view[place + 1]) for content, place in sources), key=itemgetter(1)
    )
    cells[at], cells[at + 1] = value, written


def _newest(
    marked: Mapping[int, Sequence[tuple[Content, int, int]]], _family: StoredFamily, at: int
) -> dict[int, Exemplar]:
    found: dict[int, Exemplar] = {}
    for content, area, places in marked.get(at, ()):
        for place, exemplar in read_exemplars(content.view[1:], area, places).items():
            if is_newer(exemplar, found.get(place)):
                found[place] = exemplar
    return found
