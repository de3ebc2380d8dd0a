"""JSON as nodes that know their lines."""

import json
import re
from bisect import bisect_right
from itertools import accumulate

from watchbill_stack.foreign.node import Node
from watchbill_stack.foreign.source import DEEPEST_TREE, LARGEST_TREE, Source

_SPACE = re.compile(r"[ \t\n\r]*")


def json_document(source: Source) -> Node:
    """The one value of a file; raises WrongSource for what is no JSON or is nested more than 200 levels."""
    return _Reader(source).document()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self._ends = list(accumulate(len(line) + 1 for line in source.text.split("\n")))
        self._values = 0
        self._scalars = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refused)

    def document(self) -> Node:
        node, end = self._value(self._skip(0), 0)
        if self._skip(end) < len(self.text):
            raise self._wrong(end, "something follows the value")
        return node

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        self._values += 1
        if depth > DEEPEST_TREE or self._values > LARGEST_TREE:
            raise self._wrong(at, "it is nested too deep or holds too many values")
        match self.text[at : at + 1]:
            case "{":
                return self._object(at, depth)
            case "[":
                return self._array(at, depth)
            case _:
                return self._scalar(at)

    def _object(self, at: int, depth: int) -> tuple[Node, int]:
        fields: dict[str, Node] = {}
        end = self._skip(at + 1)
        while self.text[end : end + 1] != "}":
            if fields:
                end = self._past(",", end)
            if self.text[end : end + 1] != '"':
                raise self._wrong(end, "a name in quotes should stand here")
            name, end = self._scalar(end)
            fields[name.string], end = self._value(self._past(":", end), depth + 1)
            end = self._skip(end)
        return Node.of_fields(self._line(at), fields), end + 1

    def _array(self, at: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        end = self._skip(at + 1)
        while self.text[end : end + 1] != "]":
            if items:
                end = self._past(",", end)
            item, end = self._value(end, depth + 1)
            items.append(item)
            end = self._skip(end)
        return Node.of_items(self._line(at), tuple(items)), end + 1

    def _scalar(self, at: int) -> tuple[Node, int]:
        try:
            value, end = self._scalars.raw_decode(self.text, at)
        except (ValueError, StopIteration) as error:
            where = error.pos if isinstance(error, json.JSONDecodeError) else at
            raise self._wrong(where, getattr(error, "msg", "a value should stand here")) from None
        text = value if isinstance(value, str) else _WORDS.get(value)
        return Node(self._line(at), text=text), end

    def _past(self, sign: str, at: int) -> int:
        at = self._skip(at)
        if self.text[at : at + 1] != sign:
            raise self._wrong(at, f"{sign!r} should stand here")
        return self._skip(at + 1)

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _line(self, at: int) -> int:
        return bisect_right(self._ends, at) + 1

    def _wrong(self, at: int, cause: str) -> Exception:
        return self.source.wrong(self._line(min(at, len(self.text))), f"is no JSON: {cause}", "mend this line")


_WORDS = {True: "true", False: "false"}


def _refused(word: str) -> str:
    raise ValueError(word)
