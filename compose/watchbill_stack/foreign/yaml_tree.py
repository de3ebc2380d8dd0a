"""YAML as nodes: never an object of a tag, never more values than the file may hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watchbill.extras import required
from watchbill_stack.foreign.node import Node
from watchbill_stack.foreign.source import DEEPEST_TREE, LARGEST_TREE, Source

if TYPE_CHECKING:
    import yaml

_STANDARD_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    _STANDARD_TAG + name for name in ("str", "int", "float", "bool", "null", "seq", "map", "binary")
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"


def yaml_documents(source: Source) -> tuple[Node, ...]:
    """Every document of a file.

    Raises WrongSource for what is no YAML, has tags that ask for objects, or aliases that repeat beyond two million
    values; MissingExtra where PyYAML is not installed.
    """
    required("yaml", needed_by="reading YAML", distribution="pyyaml", extra="stack")
    import yaml

    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    growing = _Growing(source)
    try:
        for event in yaml.parse(source.text, Loader=loader):
            growing.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 0
        raise source.wrong(line, f"is no YAML: {error.problem or error.context}", _remedy(source, line)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise source.wrong(0, f"is no YAML: {str(error).splitlines()[0]}", "mend the file") from None
    return tuple(growing.documents)


def _remedy(source: Source, line: int) -> str:
    lines = source.text.splitlines()
    around = "\n".join(lines[max(line - 3, 0) : line + 1])
    return "render the template first, and give its output" if "{{" in around or "{%" in around else "mend this line"


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come."""

    line: int
    anchor: str | None
    is_mapping: bool
    inner: list[Node] = field(default_factory=list[Node])


@dataclass(slots=True)
class _Growing:
    """Documents as far as their events have come; nesting costs no stack of Python's."""

    source: Source
    documents: list[Node] = field(default_factory=list[Node])
    _open: list[_Open] = field(default_factory=list[_Open])
    _repeated: int = 0
    _anchored: dict[str, Node] = field(default_factory=dict[str, Node])

    def take(self, event: "yaml.Event") -> None:
        import yaml

        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case yaml.DocumentStartEvent():
                self._anchored.clear()
            case yaml.ScalarEvent():
                self._refuse_tag(event.tag, line)
                self._add(_scalar(event, line), event.anchor)
            case yaml.AliasEvent():
                self._add(self._aliased(event.anchor or "", line), None)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_tag(event.tag, line)
                if len(self._open) >= DEEPEST_TREE:
                    raise self.source.wrong(line, "is nested too deep", f"nest at most {DEEPEST_TREE} levels")
                self._open.append(_Open(line, event.anchor, isinstance(event, yaml.MappingStartEvent)))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                ended = self._open.pop()
                self._add(self._closed(ended), ended.anchor)
            case _:
                pass

    def _add(self, node: Node, anchor: str | None) -> None:
        if node.size > LARGEST_TREE or node.depth > DEEPEST_TREE:
            remedy = "write the values out, or give the parts one by one"
            raise self.source.wrong(node.line, "aliases repeat too many values", remedy)
        if anchor is not None:
            self._anchored[anchor] = node
        (self._open[-1].inner if self._open else self.documents).append(node)

    def _aliased(self, anchor: str, line: int) -> Node:
        if anchor not in self._anchored:
            raise self.source.wrong(line, f"no finished value is called {anchor!r}", "write the value out")
        return self._anchored[anchor]

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != "!" and tag not in _PLAIN_TAGS:
            name = tag.replace(_STANDARD_TAG, "!!")
            raise self.source.wrong(line, f"the tag {name} asks for an object", "write a plain value")

    def _closed(self, ended: _Open) -> Node:
        if not ended.is_mapping:
            return Node.of_items(ended.line, tuple(ended.inner))
        pairs = list(zip(ended.inner[::2], ended.inner[1::2], strict=True))
        fields: dict[str, Node] = {}
        for mapping in _merged(pairs):
            self._repeated += mapping.size
            if self._repeated > LARGEST_TREE:
                raise self.source.wrong(ended.line, "merge keys repeat too many values", "write the values out")
            fields |= dict(mapping.entries())
        return Node.of_fields(ended.line, fields | {key.string: value for key, value in pairs if key.string != _MERGE})


def _merged(pairs: list[tuple[Node, Node]]) -> Iterator[Node]:
    """The mappings that merge keys name, the one that wins last."""
    for key, value in pairs:
        if key.string == _MERGE:
            yield from reversed(value.each() or (value,))


def _scalar(event: "yaml.ScalarEvent", line: int) -> Node:
    is_plain = bool(event.implicit and event.implicit[0])
    if is_plain and event.value in _NULLS:
        return Node(line)
    # The text of a block begins on the line after its sign.
    return Node(line + (event.style in {"|", ">"}), text=event.value)
