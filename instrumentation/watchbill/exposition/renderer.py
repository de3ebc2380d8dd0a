"""A snapshot of a store as text. What has not changed since the last time is not written again."""

from collections.abc import Callable, Iterator

from watchbill.exposition.block import PLAIN_SERIES, Block, Cells, Pattern, Rich, Row, has_no_sum
from watchbill.exposition.notation import allows_exemplars, head, writable
from watchbill.store.schema import Schema
from watchbill.store.store import Snapshot, StoredFamily

Unit = Block | Rich
_FEWEST = 64
"""Series that a block keeps at least on average; thinner ones are made anew."""


class Renderer:
    """Keeps the text of the families it has seen last, about as much as one page. For one thread at a time."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._families: dict[str, _FamilyText] = {}

    def pieces(self, snapshot: Snapshot, *, openmetrics: bool) -> Iterator[bytes]:
        """The page in pieces of some hundred lines at most; a family that cannot be written is reported and absent."""
        stored = list(snapshot.families.values())
        for family in stored:
            try:
                yield from self._text_of(family).pieces(family, snapshot, openmetrics=openmetrics)
            except Exception as error:  # noqa: BLE001  the other families are still worth a page
                self._families.pop(family.schema.name, None)
                self._failed(error)
        for name in self._families.keys() - {family.schema.name for family in stored}:
            del self._families[name]

    def _text_of(self, family: StoredFamily) -> "_FamilyText":
        found = self._families.get(family.schema.name)
        if found is None or found.schema != family.schema:
            found = self._families[family.schema.name] = _FamilyText(family.schema)
        return found


class _FamilyText:
    """The blocks of one family, in the order in which its series appeared."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._pattern = Pattern(schema)
        self._head = _heads(self._pattern.name, schema)
        self._allows_exemplars = allows_exemplars(self._pattern.name, schema.kind)
        self._series: tuple[list[tuple[str, ...]], list[int]] = ([], [])
        self._units: list[Unit] = []
        self._differs = has_no_sum(schema)
        self._plain = schema.kind not in {"histogram", "summary"}
        self._step = PLAIN_SERIES if self._plain else _FEWEST

    def pieces(self, family: StoredFamily, snapshot: Snapshot, *, openmetrics: bool) -> Iterator[bytes]:
        """HELP, TYPE and the series."""
        yield self._head[openmetrics]
        # Both are compared: a cell that a removed series had may be another's by now.
        if (list(family.series), list(family.series.values())) != self._series:
            # A copy in one step: requests add series meanwhile.
            yield from self._renewed(family.series.copy())
        cells: Cells = snapshot.cells
        if not (openmetrics and (self._differs or (self._allows_exemplars and family.exemplars))):
            for unit in self._units:
                yield unit.text(cells)
            return
        for unit in self._units:
            yield unit.with_exemplars(cells, lambda at: snapshot.exemplars(family, at))

    def _renewed(self, series: dict[tuple[str, ...], int]) -> Iterator[bytes]:
        """Brings the blocks in line with the series, and yields nothing now and then, for it may take a while."""
        rows, begin = (list(series), list(series.values())), len(self._series[0])
        kept: list[Unit] = list(self._units)
        if (rows[0][:begin], rows[1][:begin]) != self._series:
            kept = []
            for unit in self._units:
                kept += self._left_of(unit, series)
                yield b""
            staying = [values for unit in kept for values, _ in unit.rows]
            begin = len(staying)
            is_thin = self._plain and len(kept) > 1 and begin < _FEWEST * len(kept)
            # One that went and came back with the cell it had stands elsewhere now.
            if is_thin or rows[0][:begin] != staying:
                kept, begin = [], 0
        if self._plain and kept and begin < len(series) and len(kept[-1].rows) < PLAIN_SERIES:
            begin -= len(kept.pop().rows)
        for start in range(begin, len(series), self._step):
            here = slice(start, start + self._step)
            kept += self._made(list(zip(rows[0][here], rows[1][here], strict=True)))
            yield b""
        self._units, self._series = kept, rows

    def _left_of(self, unit: Unit, series: dict[tuple[str, ...], int]) -> list[Unit]:
        rows = [row for row in unit.rows if series.get(row[0]) == row[1]]
        if len(rows) == len(unit.rows):
            return [unit]
        return self._made(rows) if rows else []

    def _made(self, rows: list[Row]) -> list[Unit]:
        if self._plain:
            return [Block(self._pattern, rows)]
        return [Rich(self._pattern, row) for row in rows]


def _heads(name: str, schema: Schema) -> dict[bool, bytes]:
    return {
        openmetrics: writable(head(name, schema.kind, schema.help, openmetrics=openmetrics)).encode()
        for openmetrics in (False, True)
    }
