"""The numbers of dead workers in one file, each exactly once."""

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from prometheus_client.samples import Exemplar

from watchbill.pace import paced
from watchbill.store.content import Content
from watchbill.store.layout import HEADER_BYTES, Header, Unreadable, now
from watchbill.store.memory import PrivateMemory
from watchbill.store.own_file import OwnFile
from watchbill.store.schema import Schema
from watchbill.store.store import Store, StoredFamily, is_newer, read_exemplars

_NAME = "archive"
_UNFINISHED = ".unfinished-archive-"
_FOLDED_ENTRY = -1


class Archive:
    """The archive of a group. Whoever writes is the only one who folds; readers read at any time."""

    def __init__(self, directory: Path, owner: tuple[int, int] | None = None) -> None:
        self._path = directory / _NAME
        self._owner = owner
        self._known: Content | None = None

    def sequence(self) -> int:
        """Its present version; 0 when there is none."""
        with self._opened() as descriptor:
            return Header.read(descriptor).sequence if descriptor is not None else 0

    def read(self) -> Content | None:
        """What it holds; None when nobody died yet."""
        with self._opened() as descriptor:
            if descriptor is None:
                return None
            known = self._known
            sequence = Header.read(descriptor).sequence
            if known is None or known.header.sequence != sequence:
                self._known = known = Content(f"{_NAME} {sequence}", descriptor)
            return known

    def clear(self) -> None:
        """Removes what a process left that died while it folded."""
        for path in self._path.parent.glob(f"{_UNFINISHED}*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def _opened(self) -> Generator[int | None]:
        """A descriptor; None where there is no archive. One that cannot be read is reported and put aside."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            yield descriptor
        except Unreadable as error:
            self._path.rename(self._path.with_name("unreadable-archive"))
            raise Unreadable(f"the numbers of dead workers are lost: {self._path}: {error}") from error
        finally:
            os.close(descriptor)

    def write(self, before: Content | None, dead: Sequence[Content]) -> None:
        """Puts a new version in place, with these numbers and the names of the files they are from."""
        draft = _Draft()
        store = Store(draft)
        # The newest schema of a name holds.
        parts: list[Content] = [before, *dead] if before else [*dead]
        for content in sorted(parts, key=lambda one: -one.header.created):
            _add(store, content)
        names = json.dumps([_FOLDED_ENTRY, 0, *(content.name for content in dead)], separators=(",", ":"))
        directory = b"".join(line + b"\n" for line in (*draft.entries, names.encode()))
        cells = bytes(store.cells[: store.rooms.used])
        # A clock, so that versions differ even where an archive was lost; and never backwards.
        sequence = max(now(), before.header.sequence + 1 if before else 0)
        created = max(content.header.created for content in dead)
        header = Header(os.getpid(), 0, HEADER_BYTES + len(cells), created, sequence, 0, len(directory))
        unfinished = self._path.with_name(f"{_UNFINISHED}{os.getpid()}-{uuid4().hex[:12]}")
        file = OwnFile(unfinished, self._owner)
        try:
            for place, part in ((0, header.packed()), (HEADER_BYTES, cells), (header.directory_at, directory)):
                _write_all(file.descriptor, part, place)
            unfinished.rename(self._path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            file.close()


class _Draft(PrivateMemory):
    """Keeps what is published."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[bytes] = []

    def publish(self, entry: bytes) -> None:
        self.entries.append(entry)


def _add(store: Store, content: Content) -> None:
    for family in content.families.values():
        schema = family.schema
        if schema.merge not in {"sum", "latest"}:
            continue
        known = store.families.get(schema.name)
        if known is not None and known.schema != schema:
            continue
        stored, width, view = store.family(schema), schema.width, content.view
        for values, at in paced(family.series.items()):
            to = store.series(stored, values)
            if to:
                _merge(store.cells[to : to + width], view[at + 1 : at + 1 + width], schema)
        places = {at: values for values, at in family.series.items()} if family.exemplars else {}
        for at, area in family.exemplars.items():
            to = stored.series.get(places.get(at, ()), 0)
            for place, exemplar in read_exemplars(view[1:], area, schema.places).items():
                _mark_newer(store, stored, to, place, exemplar)


def _merge(to: "memoryview[float]", given: "memoryview[float]", schema: Schema) -> None:
    if schema.merge == "latest":
        if given[1] > to[1]:
            to[:] = given
        return
    for place, value in enumerate(given):
        to[place] += value


def _mark_newer(store: Store, family: StoredFamily, at: int, place: int, exemplar: Exemplar) -> None:
    if is_newer(exemplar, store.exemplars_of(family, at).get(place)):
        store.mark(family, at, place, exemplar)


def _write_all(descriptor: int, part: bytes, place: int) -> None:
    while part:
        written = os.pwrite(descriptor, part, place)
        part, place = part[written:], place + written
