"""A value of a YAML or JSON document, with the line where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NO_FIELDS: Mapping[str, "Node"] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A scalar has `text`, a list `items`, a mapping `fields`; null has none of them.

    `size` counts the values in it with everything that aliases repeat, `depth` how deep they are nested.
    """

    line: int
    text: str | None = None
    items: tuple["Node", ...] | None = None
    fields: Mapping[str, "Node"] | None = None
    size: int = field(default=1, repr=False)
    depth: int = field(default=0, repr=False)

    @classmethod
    def of_items(cls, line: int, items: tuple["Node", ...]) -> "Node":
        """A list."""
        return cls(line, items=items, size=1 + sum(one.size for one in items), depth=_deeper(items))

    @classmethod
    def of_fields(cls, line: int, fields: Mapping[str, "Node"]) -> "Node":
        """A mapping."""
        inner = tuple(fields.values())
        return cls(line, fields=fields, size=1 + sum(one.size for one in inner), depth=_deeper(inner))

    @property
    def kind(self) -> str:
        """What it is, in a word for a message."""
        if self.fields is not None:
            return "a mapping"
        if self.items is not None:
            return "a list"
        return "nothing" if self.text is None else "text"

    @property
    def string(self) -> str:
        """The text of a scalar, empty for anything else."""
        return self.text or ""

    def get(self, *path: str) -> "Node":
        """The value at the end of a path through mappings; null, on the last line that was there, if it is missing."""
        node = self
        for name in path:
            node = (node.fields or _NO_FIELDS).get(name) or Node(node.line)
        return node

    def has(self, name: str) -> bool:
        """Whether a mapping has this field, be it null."""
        return name in (self.fields or _NO_FIELDS)

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """The fields of a mapping; none for anything else."""
        yield from (self.fields or _NO_FIELDS).items()

    def each(self) -> tuple["Node", ...]:
        """The items of a list; none for anything else."""
        return self.items or ()


def _deeper(inner: tuple[Node, ...]) -> int:
    return 1 + max((one.depth for one in inner), default=0)
