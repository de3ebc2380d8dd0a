"""How many pages rows need, by the layout of PostgreSQL's storage."""

from dataclasses import dataclass
from math import ceil
from typing import Self

_ALIGNMENTS = {"c": 1, "s": 2, "i": 4, "d": 8}
_MAXIMUM_ALIGNMENT = 8
_PAGE_HEADER, _LINE_POINTER = 24, 4
_ROW_HEADER = 23
_BTREE_SPECIAL, _ENTRY_HEADER, _ROW_ADDRESS = 16, 8, 6
_SHORT_VALUE = 127
"""Longer values of variable width have a header of four bytes, which is aligned."""
_MOST_POSTED = 400
"""Addresses that one entry holds: a third of a page at most."""
_ENTRIES_INSIDE = 0.7
"""Pages above the leaves are that full when a tree has grown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalogue describes it; `width` is None where it varies and no statistics may be read.

    `distinct` is the share of rows with a value of their own, 0 where that is unknown.
    """

    width: float | None
    alignment: int
    nulls: float
    distinct: float

    @classmethod
    def parsed(cls, text: str, live: float) -> Self:
        """From attlen:attalign:avg_width:null_frac:n_distinct, the last three empty without statistics."""
        length, alignment, width, nulls, distinct = text.split(":")
        fixed = int(length) > 0
        average = float(length) if fixed else float(width) if width else None
        short = not fixed and average is not None and average < _SHORT_VALUE
        number = float(distinct or 0)
        return cls(
            width=average,
            alignment=1 if short else _ALIGNMENTS.get(alignment, 1),
            nulls=float(nulls or 0),
            distinct=-number if number < 0 else min(1.0, number / live) if live else 0.0,
        )


def columns(texts: str, live: float) -> list[Column]:
    """The columns of a row in their order, between commas."""
    return [Column.parsed(text, live) for text in texts.split(",") if text]


def table_pages(row: list[Column], live: float, block: float, fill: float) -> float | None:
    """Pages that so many live rows fill; None when a column's width is unknown."""
    data = _data_width(row)
    if data is None:
        return None
    nulls = max((column.nulls for column in row), default=0.0)
    bitmap = ceil(len(row) / 8)
    header = _aligned(_ROW_HEADER) * (1 - nulls) + _aligned(_ROW_HEADER + bitmap) * nulls
    per_page = max(1.0, (block - _PAGE_HEADER) * fill // (header + data + _LINE_POINTER))
    return ceil(live / per_page)


def index_pages(entry: list[Column], entries: float, block: float, fill: float, *, unique: bool) -> float | None:
    """Pages of a B-tree that is built anew; None when a column's width is unknown.

    Equal entries of one column share their value. Those of several columns are taken to differ, for want of a count.
    """
    data = _data_width(entry)
    if data is None:
        return None
    nulls = max((column.nulls for column in entry), default=0.0)
    size = _ENTRY_HEADER * (1 + nulls) + data + _LINE_POINTER
    leaf = size
    distinct = entry[0].distinct if len(entry) == 1 else 1.0
    if not unique and 0 < distinct < 1 / 2:
        leaf = _ROW_ADDRESS + size / min(1 / distinct, _MOST_POSTED)
    room = block - _PAGE_HEADER - _BTREE_SPECIAL
    leaves = ceil(entries / max(1.0, room * fill // leaf))
    above = leaves / max(2.0, room * _ENTRIES_INSIDE / size - 1)
    return 1 + leaves + (ceil(above) if leaves > 1 else 0)


def _data_width(row: list[Column]) -> float | None:
    """Bytes of the values with the gaps that alignment leaves between them."""
    end = 0.0
    for column in row:
        if column.width is None:
            return None
        start = -(-end // column.alignment) * column.alignment
        end += (start - end + column.width) * (1 - column.nulls)
    return float(_aligned(end))


def _aligned(size: float) -> int:
    return ceil(size / _MAXIMUM_ALIGNMENT) * _MAXIMUM_ALIGNMENT
