"""YAML with lines: a file that somebody else wrote, read without building anything from its tags."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from watchbill import extras
from watchbill.problem import Place

LARGEST = 20_000_000
"""Bytes of a file that is read at all."""
_NOTHING = "tag:yaml.org,2002:null"


class Mark(Protocol):
    """Where a node begins: lines count from 0."""

    line: int


class Node(Protocol):
    """A node of PyYAML: its id is scalar, sequence or mapping."""

    id: str
    tag: str
    value: Any
    start_mark: Mark


class Unreadable(ValueError):
    """A file is no YAML; `place` is where the parser gave up, or the file."""

    def __init__(self, place: Place, cause: str) -> None:
        self.place = place
        super().__init__(cause)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a file: `text` of a scalar, `items` of a list, `fields` of a mapping; empty where it is another."""

    node: Node
    file: str

    @property
    def place(self) -> Place:
        """Its line."""
        return Place(self.file, self.node.start_mark.line + 1)

    @property
    def is_mapping(self) -> bool:
        """Whether it has fields."""
        return self.node.id == "mapping"

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return self.node.id == "sequence"

    @property
    def text(self) -> str:
        """A scalar as written; empty for null and for what is no scalar."""
        return str(self.node.value) if self.node.id == "scalar" and self.node.tag != _NOTHING else ""

    @property
    def items(self) -> "Iterator[Entry]":
        """The items of a list."""
        if self.is_list:
            yield from (Entry(one, self.file) for one in self.node.value)

    @property
    def fields(self) -> "Mapping[str, Entry]":
        """The fields of a mapping by key; of a key that stands twice the last one."""
        if not self.is_mapping:
            return {}
        return {str(key.value): Entry(value, self.file) for key, value in self.node.value if key.id == "scalar"}

    def field(self, *path: str) -> "Entry | None":
        """The value behind some keys, None where one of them is missing."""
        found: Entry | None = self
        for key in path:
            found = found.fields.get(key) if found is not None else None
        return found

    def said(self, *path: str) -> str:
        """The text behind some keys, empty where there is none."""
        found = self.field(*path)
        return found.text if found is not None else ""


def entries(path: Path) -> Iterator[Entry]:
    """The documents of a YAML file.

    Raises Unreadable where it is none, is too large, or nests too deeply; MissingExtra without PyYAML.
    """
    library = extras.required("yaml", needed_by="reading a YAML file", distribution="pyyaml", extra="stack")
    file = Place(str(path), 0)
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(file, f"the file is larger than {LARGEST // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(file, f"the file cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        yield from (
            Entry(node, str(path)) for node in library.compose_all(text, library.SafeLoader) if node is not None
        )
    except RecursionError:
        raise Unreadable(file, "it is nested too deeply") from None
    except library.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        cause = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise Unreadable(Place(str(path), mark.line + 1) if mark else file, f"it is no YAML: {cause}") from None
