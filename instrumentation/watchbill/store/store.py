"""The store: series as places in one memory, found by their label values."""

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import RLock
from typing import NamedTuple, Protocol

from prometheus_client.samples import Exemplar

from watchbill.store.memory import CELL_BYTES, Memory, PrivateMemory
from watchbill.store.rooms import Rooms
from watchbill.store.schema import Schema

SPARE = 1024
"""The first cells: where series are written that found no room. They are never exposed."""
EXEMPLAR_CELLS = 24
_EXEMPLAR_HEAD = struct.Struct("dd")
_EXEMPLAR_TEXT = EXEMPLAR_CELLS * CELL_BYTES - _EXEMPLAR_HEAD.size
_MOST_UNHEARD = 20
SUPERVISOR = "main"
"""The label of the process that started the workers and is none itself."""
_MOST_STALE = 1000


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


class Worker(NamedTuple):
    """A living process of a server; its label is its number, or SUPERVISOR."""

    pid: int
    label: str


class Company(Protocol):
    """Who reads a store beside its own process."""

    is_shared: bool
    """Whether other processes read them."""

    @property
    def place(self) -> str:
        """Which worker this is, and where its numbers are."""
        ...

    def snapshot(self, store: "Store") -> Snapshot:
        """What all workers have to expose."""
        ...

    def workers(self) -> Sequence[Worker]:
        """Those alive, this one included; none where there is only one."""
        ...

    def before_fork(self, store: "Store") -> None:
        """The process is about to fork."""
        ...

    def after_fork(self, store: "Store") -> None:
        """This is the child process, and its only thread."""
        ...


class Store:
    """Numbers of one registry in this process.

    Whoever adds to `cells` holds `lock`, and reads `cells` while holding it: when the process forks, both become
    others. `company` is there when several workers share a page.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        # Signal handlers and finalizers may count too, wherever this thread is.
        self.lock = RLock()
        self.memory = memory or PrivateMemory()
        self.cells = self.memory.cells
        self.families: dict[str, StoredFamily] = {}
        self.rooms = Rooms(SPARE)
        self.company: Company | None = None
        self._lost: Callable[[Exception], None] | None = None
        self._unheard: list[Exception] = []
        self._next = 0
        self._stale = 0
        self.memory.reserve(SPARE)

    def listen(self, lost: Callable[[Exception], None]) -> None:
        """Says where errors go, those from before included."""
        self._lost = lost
        self._tell()

    def lost(self, error: Exception) -> None:
        """Something could not be kept. It is told at the next snapshot, for locks may be held now."""
        if len(self._unheard) < _MOST_UNHEARD:
            self._unheard.append(error)

    def _tell(self) -> None:
        while self._lost is not None and self._unheard:
            self._lost(self._unheard.pop(0))

    def family(self, schema: Schema) -> StoredFamily:
        """The family of a schema, created on first use; ValueError when the name is taken by another schema."""
        with self.lock:
            found = self.families.get(schema.name)
            if found is None:
                found = self.families[schema.name] = StoredFamily(schema, self._next)
                self._next += 1
                self._publish(_family_entry(found))
        if found.schema != schema:
            raise ValueError(f"the store has {schema.name!r} with another kind, labels, bounds or merging")
        return found

    def drop(self, family: StoredFamily) -> None:
        """Forgets a family and its series."""
        for values in list(family.series):
            self.remove(family, values)
        with self.lock:
            if self.families.get(family.schema.name) is family:
                del self.families[family.schema.name]
                self._publish([family.number])

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
        """Forgets a series; its cells are used again some scrapes later, so nobody may write to them any more."""
        with self.lock:
            at = family.series.pop(values, None)
            if at is None:
                return
            self._publish([family.number, 0, *values])
            self.rooms.give_back(at, family.schema.width)
            area = family.exemplars.pop(at, None)
            if area is not None:
                self.rooms.give_back(area, family.schema.places * EXEMPLAR_CELLS)
            self._stale += 1
            if self._stale > _MOST_STALE:
                self._tidy()

    def move(self, memory: Memory, *, kept: Callable[[Schema], bool]) -> None:
        """Goes on in another memory, where the series of the schemas that are not `kept` begin at zero.

        The caller holds the lock, or is the only thread. Raises OSError, and stays where it is, when there is no room.
        """
        memory.reserve(self.rooms.used)
        for entry in self._entries():
            memory.publish(_line(entry))
        for family in self.families.values():
            if kept(family.schema):
                for at in family.series.values():
                    memory.cells[at : at + family.schema.width] = self.cells[at : at + family.schema.width]
                for area in family.exemplars.values():
                    end = area + family.schema.places * EXEMPLAR_CELLS
                    memory.cells[area:end] = self.cells[area:end]
        self.memory, self.cells = memory, memory.cells

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
        """What there is to expose: of all workers, where there are several."""
        found = self.company.snapshot(self) if self.company is not None else self.own()
        self._tell()
        return found

    @property
    def is_shared(self) -> bool:
        """Whether this process is one of several that have a page together."""
        return self.company is not None and self.company.is_shared

    def workers(self) -> Sequence[Worker]:
        """The living processes that share these numbers; none where there is only one."""
        return self.company.workers() if self.company is not None else ()

    @property
    def worker_count(self) -> int:
        """How many living processes serve; a supervisor does not."""
        workers = self.workers()
        return sum(worker.label != SUPERVISOR for worker in workers) if workers else 1

    def own(self) -> Snapshot:
        """What this process alone has to expose."""
        self.rooms.scraped()
        return Snapshot(self.families.copy(), self.cells, self.exemplars_of)

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

    def _room(self, width: int) -> int:
        """The first of so many fresh cells; 0, which is spare, when there are none."""
        used = self.rooms.used
        at = self.rooms.take(width)
        try:
            self.memory.reserve(self.rooms.used)
        except OSError as error:
            self.rooms.used = used
            at = self.rooms.take_freed(width)
            if not at:
                self.lost(error)
                return 0
        for cell in range(at, at + width):
            self.cells[cell] = 0.0
        return at

    def _entries(self) -> Iterator[list[object]]:
        for family in self.families.values():
            yield _family_entry(family)
            for values, at in family.series.items():
                yield [family.number, at, *values]
            for at, area in family.exemplars.items():
                yield [family.number, at, area]

    def _tidy(self) -> None:
        """Rids the directory of what is no more, once that is most of it."""
        living = sum(len(family.series) for family in self.families.values())
        if self._stale > 2 * living:
            self._stale = 0
            try:
                self.memory.rewrite([_line(entry) for entry in self._entries()])
            except OSError as error:
                self.lost(error)

    def _publish(self, entry: list[object]) -> None:
        try:
            self.memory.publish(_line(entry))
        except OSError as error:
            self.lost(error)


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


def is_newer(exemplar: Exemplar, known: Exemplar | None) -> bool:
    """Whether it is to take the place of the one that is known."""
    return known is None or float(known.timestamp or 0) < float(exemplar.timestamp or 0)


def _family_entry(family: StoredFamily) -> list[object]:
    schema = family.schema
    labels, bounds = list(schema.labels), list(schema.bounds)
    return [family.number, schema.name, schema.kind, schema.help, labels, bounds, schema.merge]


def _line(entry: list[object]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode()
