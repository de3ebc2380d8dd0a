"""What another process has written, or a dead one has left."""

import json
import os
from collections.abc import Sequence
from typing import Any

from watchbill.pace import paced
from watchbill.store.layout import HEADER_BYTES, Header, Unreadable
from watchbill.store.memory import CELL_BYTES
from watchbill.store.schema import Schema
from watchbill.store.store import EXEMPLAR_CELLS, StoredFamily

_TRIES = 5
_STEP = 200
"""Entries that are parsed in one step, in which no other thread runs."""


class Content:
    """One file's families and cells, read again and again. Nothing of it is mapped, so no file can end the process.

    `view` begins one cell before the file's first, with a zero: a cell that is `at` there is `at + 1` here.
    `version` changes with the directory. `folded` are the files whose numbers an archive holds.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.header = Header.read(descriptor)
        self.version = 0
        self.families: dict[int, StoredFamily] = {}
        self.folded: frozenset[str] = frozenset()
        self.view: memoryview[float] = memoryview(bytes(CELL_BYTES)).cast("d")
        self._read_bytes = 0
        self._extent = 0
        self.read(descriptor)

    def read(self, descriptor: int) -> None:
        """Brings it up to date; Unreadable when the file is damaged."""
        for _ in range(_TRIES):
            header = Header.read(descriptor)
            raw = self._unread(descriptor, header)
            if Header.read(descriptor).epoch == header.epoch:
                break
        else:
            raise Unreadable("its directory is written anew all the time")
        if raw:
            self._take(raw)
            self._read_bytes += len(raw)
            self.version += 1
        self.header = header
        size = (self._extent + 1) * CELL_BYTES
        cells = os.pread(descriptor, size, HEADER_BYTES - CELL_BYTES)
        if len(cells) < size:
            raise Unreadable("it ends before its last number")
        self.view = memoryview(cells).cast("d")

    def _unread(self, descriptor: int, header: Header) -> bytes:
        if header.epoch != self.header.epoch or header.directory_bytes < self._read_bytes:
            self.families, self._read_bytes = {}, 0
            self.header = header
            self.version += 1
        size = header.directory_bytes - self._read_bytes
        raw = os.pread(descriptor, size, header.directory_at + self._read_bytes) if size else b""
        if len(raw) < size:
            raise Unreadable("it ends before its directory does")
        return raw

    def _take(self, raw: bytes) -> None:
        try:
            lines = raw.rstrip(b"\n").split(b"\n")
            for start in paced(range(0, len(lines), _STEP)):
                for entry in json.loads(b"[" + b",".join(lines[start : start + _STEP]) + b"]"):
                    self._entry(*entry)
        except (ValueError, TypeError, KeyError, LookupError, AttributeError) as error:
            raise Unreadable(f"its directory makes no sense ({error})") from error

    def _entry(self, number: int, at: Any = None, *rest: Any) -> None:
        if number < 0:
            self.folded = frozenset(map(str, rest))
        elif at is None:
            self.families.pop(number, None)
        elif isinstance(at, str):
            self.families[number] = StoredFamily(_schema(at, *rest), number)
        elif at <= 0:
            family = self.families[number]
            family.exemplars.pop(family.series.pop(tuple(rest), 0), None)
        elif len(rest) == 1 and isinstance(rest[0], int):
            family = self.families[number]
            family.exemplars[at] = rest[0]
            self._reaches(rest[0] + family.schema.places * EXEMPLAR_CELLS)
        else:
            family = self.families[number]
            family.series[_values(rest, family.schema)] = at
            self._reaches(at + family.schema.width)

    def _reaches(self, cell: int) -> None:
        if HEADER_BYTES + cell * CELL_BYTES > self.header.directories_at:
            raise Unreadable("a number lies outside its cells")
        self._extent = max(self._extent, cell)


def _values(given: Sequence[Any], schema: Schema) -> tuple[str, ...]:
    if len(given) != len(schema.labels) or not all(isinstance(value, str) for value in given):
        raise Unreadable(f"a series of {schema.name!r} has other labels")
    return tuple(given)


def _schema(name: str, kind: Any, text: str, labels: list[str], bounds: list[float], merge: Any) -> Schema:
    return Schema(name, kind, text, tuple(labels), tuple(bounds), merge)
