"""Stored series as text that is kept, and written anew only where their numbers have changed."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import TypeAlias

from prometheus_client.samples import Exemplar

from watchbill.catalogue.buckets import bound_text
from watchbill.exposition.notation import escaped, exemplar_text, legal, number, numbers, writable
from watchbill.store.schema import Schema

PLAIN_SERIES = 256
"""Series of one block where each is one line."""
_INFINITE = float("inf")
_HOLE = "\0"

Cells: TypeAlias = "memoryview[float] | list[float]"
Row = tuple[tuple[str, ...], int]
"""Label values and the first cell."""
Exemplars = Callable[[int], dict[int, Exemplar]]
"""The exemplars, by place, of the series that begins at a cell."""


class Pattern:
    """The lines of one series of a family, with holes for labels and numbers."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.name = legal(schema.name)
        self.lines = "".join(line + " %s\n" for line in _series_names(self.name, schema))
        pairs = ",".join(f'{legal(label)}="%s"' for label in schema.labels)
        self._pairs = pairs
        self._braces = f"{self.name}{{{pairs}}} %%s\n" if pairs else f"{self.name} %%s\n"

    def labels(self, values: tuple[str, ...]) -> str:
        """The pairs between a series' braces."""
        return self._pairs % tuple([writable(escaped(value)) for value in values])

    def plain(self, rows: Sequence[Row]) -> str:
        """The lines of series of one number each, with a hole for it."""
        braces = self._braces
        whole = "".join(["".join(values) for values, _ in rows])
        if whole.isascii() and not any(special in whole for special in '"\\\n%'):
            return "".join([braces % values for values, _ in rows])
        return "".join([braces % tuple([_careful(value) for value in values]) for values, _ in rows])


class Block:
    """Some series of one number each."""

    __slots__ = ("_lines", "_read", "_text", "_values", "rows")

    def __init__(self, pattern: Pattern, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._lines = pattern.plain(rows)
        self._read = itemgetter(*(at for _, at in rows))
        self._values: tuple[float, ...] = ()
        self._text = b""

    def text(self, cells: Cells) -> bytes:
        """What both formats say of them."""
        read = self._read(cells)
        values = read if len(self.rows) > 1 else (read,)
        if values != self._values:
            self._text = (self._lines % numbers(values)).encode()
            self._values = values
        return self._text

    def with_exemplars(self, cells: Cells, exemplars: Exemplars) -> bytes:
        """What OpenMetrics says of them."""
        text = self.text(cells)
        found = {line: one for line, (_, at) in enumerate(self.rows) if (one := exemplars(at).get(0))}
        return _marked(text, found) if found else text


class Rich:
    """One series of several numbers: a histogram or a summary."""

    __slots__ = ("_labels", "_pattern", "_rich", "_text", "_values", "rows")

    def __init__(self, pattern: Pattern, row: Row) -> None:
        self.rows = (row,)
        self._pattern = pattern
        self._labels = pattern.labels(row[0])
        self._values: Sequence[float] = ()
        self._text = b""
        self._rich: tuple[bytes, dict[int, Exemplar], bytes] = (b"", {}, b"")

    def text(self, cells: Cells) -> bytes:
        """What the text format says of it, and OpenMetrics where it has no exemplars."""
        at, pattern = self.rows[0][1], self._pattern
        found = cells[at : at + pattern.schema.width]
        values: Sequence[float] = found if isinstance(found, list) else found.tolist()
        if values != self._values:
            lines = pattern.lines % _arranged(pattern.schema, values)
            self._text = lines.replace(_HOLE, self._labels).encode()
            self._values = values
        return self._text

    def with_exemplars(self, cells: Cells, exemplars: Exemplars) -> bytes:
        """What OpenMetrics says of it."""
        text = self.text(cells)
        if has_no_sum(self._pattern.schema):
            # OpenMetrics takes no count where it takes no sum.
            text = text[: text.rindex(b"\n", 0, -1) + 1]
        found = exemplars(self.rows[0][1])
        if not found:
            return text
        if self._rich[0] is not text or self._rich[1] != found:
            self._rich = (text, found, _marked(text, found))
        return self._rich[2]


def _series_names(name: str, schema: Schema) -> list[str]:
    braces = f"{{{_HOLE}}}" if schema.labels else ""
    if schema.kind == "summary":
        return [f"{name}_count{braces}", f"{name}_sum{braces}"]
    comma = "," if schema.labels else ""
    bounds = [bound_text(bound) for bound in (*schema.bounds, _INFINITE)]
    buckets = [f'{name}_bucket{{{_HOLE}{comma}le="{bound}"}}' for bound in bounds]
    return [*buckets, *([] if has_no_sum(schema) else [f"{name}_sum{braces}"]), f"{name}_count{braces}"]


def has_no_sum(schema: Schema) -> bool:
    """Whether a histogram observes negative values: its sum could fall, which forbids it."""
    return bool(schema.bounds) and schema.bounds[0] < 0


def _arranged(schema: Schema, values: Sequence[float]) -> tuple[str | int | float, ...]:
    if schema.kind == "summary":
        return numbers(tuple(values))
    counts = numbers(tuple(accumulate(values[:-1])))
    if has_no_sum(schema):
        return (*counts, counts[-1])
    return (*counts, number(values[-1]), counts[-1])


def _careful(value: str) -> str:
    return writable(escaped(value)).replace("%", "%%")


def _marked(text: bytes, exemplars: dict[int, Exemplar]) -> bytes:
    lines = text.decode().split("\n")
    for line, exemplar in exemplars.items():
        lines[line] += exemplar_text(exemplar)
    return writable("\n".join(lines)).encode()
