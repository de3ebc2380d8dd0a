"""A part of the configuration file: settings by key, each with its line."""

from collections.abc import Iterable
from difflib import get_close_matches

import yaml

from watchbill.problem import Place, Problem

_STRING, _BOOLEAN = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_SECRETS = frozenset({"password", "passwd", "pass", "auth", "secret", "requirepass", "url", "uri", "dsn"})


class Section:
    """A mapping of the file. Mistakes are added to `problems`; reading goes on. No value is ever repeated in one."""

    def __init__(self, node: yaml.MappingNode, file: str, title: str, problems: list[Problem]) -> None:
        self.title = title
        self._file = file
        self._problems = problems
        self._node = node
        self._entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in self._entries:
                self._report(key, f"{title} gives {name!r} twice", "remove one")
            self._entries[name] = (key, value)

    def keys(self) -> Iterable[str]:
        """Every key, in the file's order."""
        return tuple(self._entries)

    def fault(self, key: str, cause: str, remedy: str) -> None:
        """A mistake at the line of a key."""
        self._report(self._entries[key][0], cause, remedy)

    def only(self, *known: str) -> None:
        """Reports every other key, with the nearest known one."""
        for key in self._entries:
            if key in known:
                continue
            if key in _SECRETS:
                remedy = "put the password alone into a file and give its path as password_file"
                self.fault(key, f"{self.title} has {key!r}: no secret belongs in this file", remedy)
                continue
            near = get_close_matches(key, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(known)}"
            self.fault(key, f"{self.title} has the unknown key {key!r}", remedy)

    def text(self, key: str, *, required: str | None = None) -> str | None:
        """A setting that is text; `required` is the remedy where it must not be missing."""
        value = self._scalar(key, (_STRING,), "text; put it between quotes")
        if key not in self._entries and required is not None:
            self._report(self._node, f"{self.title} has no {key!r}", required)
        if value == "":
            self.fault(key, f"{key!r} of {self.title} is empty", "give a value, or remove the key")
            return None
        return value

    def flag(self, key: str) -> bool:
        """A setting that is true or false; false when missing."""
        value = self._scalar(key, (_BOOLEAN,), "true or false")
        return value is not None and value.lower() in {"true", "yes", "on"}

    def number(self, key: str) -> float | None:
        """A setting that is a number."""
        value = self._scalar(key, _NUMBERS, "a number")
        if value is None:
            return None
        try:
            return float(value)
        except ValueError:
            self.fault(key, f"{key!r} of {self.title} is no plain number", "give a number such as 5 or 2.5")
            return None

    def section(self, key: str, title: str | None = None) -> "Section | None":
        """A mapping within this one."""
        if key not in self._entries:
            self._report(self._node, f"{self.title} has no {key!r}", f"add `{key}:`")
            return None
        value = self._entries[key][1]
        if not isinstance(value, yaml.MappingNode):
            self.fault(key, f"{title or key} holds no settings", "give `key: value` lines, indented under it")
            return None
        return Section(value, self._file, title or key, self._problems)

    def _scalar(self, key: str, tags: tuple[str, ...], expected: str) -> str | None:
        if key not in self._entries:
            return None
        value = self._entries[key][1]
        if not isinstance(value, yaml.ScalarNode) or value.tag not in tags:
            self.fault(key, f"{key!r} of {self.title} has the wrong type", f"give {expected}")
            return None
        return str(value.value)

    def _report(self, node: yaml.Node, cause: str, remedy: str) -> None:
        self._problems.append(Problem(Place(self._file, node.start_mark.line + 1), cause, remedy))
