"""The store: series as places in one memory, found by their label values."""

import json
import struct
from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

from prometheus_client.samples import Exemplar

from watchbill.store.memory import CELL_BYTES, Memory, PrivateMemory
from watchbill.store.schema import Schema

SPARE = 1024
"""The first cells: where series are written that found no room. They are never exposed."""
EXEMPLAR_CELLS = 24
_EXEMPLAR_HEAD = struct.Struct("dd")
_EXEMPLAR_TEXT = EXEMPLAR_CELLS * CELL_BYTES - _EXEMPLAR_HEAD.size


class StoredFamily:
    """A schema and its series: label values, in the schema's order, to the first cell.

    `exemplars` maps that cell to the first one of the series' exemplars, where there have been any.
    """

    __slots__ = ("exemplars", "number", "schema", "series")

    def __init__(self, schema: Schema, number: int) -> None:
        self.schema = schema
        self.number = number
        self.series: dict[tuple[str, ...], int] = {}
        self.exemplars: dict[int, int] = {}


class Snapshot(NamedTuple):
    """What there is to expose: families, the cells they point into, and the exemplars of a series by place."""

    families: Mapping[str, StoredFamily]
    cells: "memoryview[float] | list[float]"
    exemplars: Callable[[StoredFamily, int], dict[int, Exemplar]]


class Store:
    """Numbers of one registry in this process.

    Whoever adds to `cells` holds `lock`, and reads both attributes anew each time: after a fork they are others.
    """

    def __init__(self, memory: Memory | None = None, lost: Callable[[OSError], None] | None = None) -> None:
        self.lock = Lock()
        self.memory = memory or PrivateMemory()
        self.cells = self.memory.cells
        self.families: dict[str, StoredFamily] = {}
        self.used = SPARE
        self._lost = lost
        self.memory.reserve(SPARE)

    def family(self, schema: Schema) -> StoredFamily:
        """The family of a schema, created on first use; ValueError when the name is taken by another schema."""
        with self.lock:
            found = self.families.get(schema.name)
            if found is None:
                found = self.families[schema.name] = StoredFamily(schema, len(self.families))
                self._publish([found.number, *_written(schema)])
        if found.schema != schema:
            raise ValueError(f"the store has {schema.name!r} with another kind, labels, bounds or merging")
        return found

    def series(self, family: StoredFamily, values: tuple[str, ...]) -> int:
        """The first cell of a series, created at zero on first use; one of the spare cells when there is no room."""
        with self.lock:
            at = family.series.get(values)
            if at is None:
                at = self._room(family.schema.width)
                if at:
                    family.series[values] = at
                    self._publish([family.number, at, *values])
        return at

    def remove(self, family: StoredFamily, values: tuple[str, ...]) -> None:
        """Forgets a series; its cells are not used again."""
        with self.lock:
            at = family.series.pop(values, None)
            if at is not None:
                family.exemplars.pop(at, None)
                self._publish([family.number, -at])

    def mark(self, family: StoredFamily, at: int, place: int, exemplar: Exemplar) -> None:
        """Puts an exemplar to a bucket of a series (place 0 for a counter); one without room or time is dropped."""
        text = json.dumps(exemplar.labels, separators=(",", ":")).encode()
        if at < SPARE or len(text) > _EXEMPLAR_TEXT or not exemplar.timestamp:
            return
        area = family.exemplars.get(at) or self._exemplar_area(family, at)
        if not area:
            return
        self.write_exemplar(area + place * EXEMPLAR_CELLS, float(exemplar.timestamp), exemplar.value, text)

    def write_exemplar(self, cell: int, timestamp: float, value: float, text: bytes) -> None:
        """The time is written last and cleared first, so that a reader never takes half of one."""
        with self.lock:
            raw = self.cells.cast("B")
            start = cell * CELL_BYTES
            body = start + _EXEMPLAR_HEAD.size
            self.cells[cell] = 0.0
            raw[body : body + _EXEMPLAR_TEXT] = text.ljust(_EXEMPLAR_TEXT, b"\0")
            self.cells[cell + 1] = value
            self.cells[cell] = timestamp

    def snapshot(self) -> Snapshot:
        """What this process alone has to expose."""
        return Snapshot(self.families, self.cells, self.exemplars_of)

    def exemplars_of(self, family: StoredFamily, at: int) -> dict[int, Exemplar]:
        """The exemplars of a series by place."""
        area = family.exemplars.get(at)
        return read_exemplars(self.cells, area, family.schema.places) if area else {}

    def _exemplar_area(self, family: StoredFamily, at: int) -> int:
        with self.lock:
            area = family.exemplars.get(at)
            if area is None:
                area = self._room(family.schema.places * EXEMPLAR_CELLS)
                if area:
                    family.exemplars[at] = area
                    self._publish([family.number, at, area])
            return area

    def _room(self, cells: int) -> int:
        """The first of so many fresh cells; 0, which is spare, when there are none."""
        try:
            self.memory.reserve(self.used + cells)
        except OSError as error:
            if self._lost is not None:
                self._lost(error)
            return 0
        at, self.used = self.used, self.used + cells
        return at

    def _publish(self, entry: list[object]) -> None:
        try:
            self.memory.publish(json.dumps(entry, separators=(",", ":")).encode())
        except OSError as error:
            if self._lost is not None:
                self._lost(error)


def read_exemplars(cells: "memoryview[float]", area: int, places: int) -> dict[int, Exemplar]:
    """The exemplars in an area; one that is being written is left out."""
    raw = cells.cast("B")
    found: dict[int, Exemplar] = {}
    for place in range(places):
        cell = area + place * EXEMPLAR_CELLS
        timestamp = cells[cell]
        if not timestamp:
            continue
        body = cell * CELL_BYTES + _EXEMPLAR_HEAD.size
        text = bytes(raw[body : body + _EXEMPLAR_TEXT]).rstrip(b"\0")
        value = cells[cell + 1]
        if cells[cell] == timestamp:
            found[place] = Exemplar(json.loads(text), value, timestamp)
    return found


def _written(schema: Schema) -> list[object]:
    return [schema.name, schema.kind, schema.help, list(schema.labels), list(schema.bounds), schema.merge]
