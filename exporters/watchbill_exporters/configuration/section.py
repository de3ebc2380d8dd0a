"""A part of the configuration: settings by key, each with its line or its variable."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from watchbill.problem import Place, Problem
from watchbill_exporters.configuration.place import Variable

_STRING, _BOOLEAN = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
FROM_ENVIRONMENT = "!variable"
"""The tag of a value that a variable gave: it may be any scalar, or YAML where a list or a mapping is wanted."""
_SECRETS = frozenset({"password", "passwd", "pass", "auth", "secret", "token", "requirepass", "url", "uri", "dsn"})
_NO_SECRET = "put the secret alone into a file and give its path as {near}"
_MOST_DEPTH = 20
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
NO_TEXT = re.compile("[\0\ud800-\udfff]")
_KEY = re.compile(r"[\w.-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting; `told` when its mistakes are reported elsewhere."""

    place: Place
    value: yaml.Node
    told: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One text of a list; `fault` reports a mistake at its line."""

    text: str
    fault: Callable[[str, str], None]


class Section:
    """A mapping of settings. Mistakes are added to `problems`; reading goes on. No value is ever repeated in one."""

    def __init__(self, entries: dict[str, Entry], place: Place, title: str, problems: list[Problem]) -> None:
        self.title = title
        self.problems = problems
        self._place = place
        self._entries = entries
        self._is_part = False

    @classmethod
    def of(cls, node: yaml.MappingNode, file: Place, title: str, problems: list[Problem]) -> "Section":
        """A mapping of a file, or of the YAML in a variable."""
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            name, place = str(key.value) if isinstance(key, yaml.ScalarNode) else "", _place(file, key)
            if name in entries:
                problems.append(Problem(place, f"{title} gives {shown(name)} twice", "remove one"))
            entries[name] = Entry(place, value)
        return cls(entries, _place(file, node), title, problems)

    def over(self, base: "Section") -> "Section":
        """These settings, and those of another section that are not among them: its mistakes are reported there."""
        inherited = {key: replace(entry, told=True) for key, entry in base._entries.items()}  # noqa: SLF001  # its own class
        return Section({**inherited, **self._entries}, self._place, self.title, self.problems)

    def with_entries(self, entries: dict[str, Entry]) -> "Section":
        """These settings, with others in place of those of the same keys."""
        return Section({**self._entries, **entries}, self._place, self.title, self.problems)

    def without(self, *keys: str) -> "Section":
        """These settings but for some."""
        left = {key: entry for key, entry in self._entries.items() if key not in keys}
        return Section(left, self._place, self.title, self.problems)

    def as_part(self) -> "Section":
        """The same settings, among which none is missed: another section will complete them."""
        part = Section(self._entries, self._place, self.title, self.problems)
        part._is_part = True
        return part

    def keys(self) -> Sequence[str]:
        """Every key, in the file's order."""
        return tuple(self._entries)

    def has(self, key: str) -> bool:
        """Whether a key is given, with whatever value."""
        return key in self._entries

    def fault(self, key: str, cause: str, remedy: str) -> None:
        """A mistake at the line of a key."""
        entry = self._entries[key]
        self._report(entry, entry.place, cause, remedy)

    def missing(self, key: str, remedy: str) -> None:
        """A key that must be there and is not."""
        if not self._is_part:
            self.problems.append(Problem(self._place, f"{self.title} has no {key!r}", remedy))

    def only(self, *known: str) -> None:
        """Reports every other key, with the nearest known one."""
        for key, entry in self._entries.items():
            if key in known:
                continue
            if key in _SECRETS:
                cause = f"{self.title} has {key!r}: no secret belongs in this file"
                self.fault(key, cause, _NO_SECRET.format(near=_instead_of(key, known)))
                continue
            near = get_close_matches(key, known, n=1)
            spelled = entry.place.sibling if isinstance(entry.place, Variable) else repr
            remedy = f"did you mean {spelled(near[0])}?" if near else f"use one of: {', '.join(known)}"
            self.fault(key, f"{self.title} has the unknown key {shown(key)}", remedy)

    def text(self, key: str, *, required: str | None = None) -> str | None:
        """A setting that is text; `required` is the remedy where it must not be missing."""
        if key not in self._entries and required is not None:
            self.missing(key, required)
        value = self._scalar(key, (_STRING,), "text; put it between quotes")
        if value == "":
            self.fault(key, f"{key!r} of {self.title} is empty", "give a value, or remove the key")
            return None
        return value

    def path(self, key: str, *, required: str | None = None) -> str | None:
        """A setting that names a file; one relative to the configuration file's folder is made absolute."""
        value = self.text(key, required=required)
        if value is not None and "://" in value:
            # Not shown as a path would be: it may hold a password.
            self.fault(key, f"{key!r} of {self.title} is a URL", "give the path of a file")
            return None
        return None if value is None else self._absolute(self._entries[key].place, value)

    def variable(self, key: str) -> str | None:
        """A setting that names a variable of the environment, which must be set: it holds a secret."""
        name = self.text(key)
        if name is None or isinstance(self._entries[key].place, Variable) or os.environ.get(name):
            return name
        # Not shown: the secret itself may stand in place of the name.
        cause = f"{key!r} of {self.title} names a variable that is empty or not set"
        self.fault(key, cause, "give the name of a variable, and set that to the secret")
        return None

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A setting that is true or false."""
        value = self._scalar(key, (_BOOLEAN,), "true or false")
        if value is None:
            return default
        if value.lower() not in {"true", "yes", "on", "false", "no", "off"}:
            self.fault(key, f"{key!r} of {self.title} has the wrong type", "give true or false")
        return value.lower() in {"true", "yes", "on"}

    def number(self, key: str) -> float | None:
        """A setting that is a number."""
        value = self._scalar(key, _NUMBERS, "a number")
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            self.fault(key, f"{key!r} of {self.title} is no plain number", "give a number such as 5 or 2.5")
            return None
        return number

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        """A setting that is a whole number within bounds."""
        number = self.number(key)
        if number is None:
            return None
        if number != int(number) or not least <= number <= most:
            remedy = f"give a whole number from {least} to {most}"
            self.fault(key, f"{key!r} of {self.title} is out of range", remedy)
            return None
        return int(number)

    def items(self, key: str, *, most: int = 1000) -> list[Item]:
        """A setting that is a list of texts; a variable may give them between commas."""
        return self._items(key, most, (_STRING,))

    def _items(self, key: str, most: int, tags: tuple[str, ...]) -> list[Item]:
        entry = self._entries.get(key)
        if entry is None:
            return []
        if entry.value.tag == FROM_ENVIRONMENT and not str(entry.value.value).lstrip().startswith("["):
            parts = [part.strip() for part in str(entry.value.value).split(",")]
            return [self._item(entry, entry.place, part) for part in parts if part]
        found: list[Item] = []
        for node in self._list(key, most):
            if isinstance(node, yaml.ScalarNode) and node.tag in tags and node.value:
                found.append(self._item(entry, _place(entry.place, node), str(node.value)))
            else:
                cause = f"{key!r} of {self.title} has an entry of the wrong type, or an empty one"
                self._report(entry, _place(entry.place, node), cause, "give text; put it between quotes")
        return found

    def texts(self, key: str, *, most: int = 1000) -> list[str]:
        """A setting that is a list of texts."""
        return [item.text for item in self.items(key, most=most)]

    def wholes(self, key: str, *, least: int, most: int, entries: int = 1000) -> list[int]:
        """A setting that is a list of whole numbers within bounds; a variable may give them between commas."""
        items = self._items(key, entries, (_STRING, _NUMBERS[0]))
        wrong = [item for item in items if not _WHOLE.fullmatch(item.text) or not least <= int(item.text) <= most]
        for item in wrong:
            cause = f"{key!r} of {self.title} has an entry that is out of range"
            item.fault(cause, f"give whole numbers from {least} to {most}")
        return [int(item.text) for item in items if not any(item is one for one in wrong)]

    def paths(self, key: str) -> list[str]:
        """A setting that is a list of files, made absolute as `path` does."""
        return [self._absolute(self._entries[key].place, text) for text in self.texts(key)]

    def sections(self, key: str, title: str, *, most: int = 1000) -> "list[Section]":
        """A setting that is a list of mappings; one alone may stand without the list."""
        found: list[Section] = []
        if key in self._entries and isinstance(self._structure(self._entries[key]), yaml.MappingNode):
            alone = self.optional(key)
            return [] if alone is None else [alone]
        for number, node in enumerate(self._list(key, most), start=1):
            entry = self._entries[key]
            if isinstance(node, yaml.MappingNode):
                found.append(Section.of(node, entry.place, f"{title} {number} of {self.title}", self._sink(entry)))
            else:
                cause = f"{key!r} of {self.title} has an entry that holds no settings"
                self._report(entry, _place(entry.place, node), cause, "give `key: value` pairs")
        return found

    def optional(self, key: str, title: str | None = None) -> "Section | None":
        """A mapping within this one, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value = self._structure(entry)
        if not isinstance(value, yaml.MappingNode):
            self.fault(key, f"{title or key} holds no settings", "give `key: value` lines, indented under it")
            return None
        return Section.of(value, entry.place, title or f"{key} of {self.title}", self._sink(entry))

    def _list(self, key: str, most: int) -> list[yaml.Node]:
        entry = self._entries.get(key)
        if entry is None:
            return []
        value = self._structure(entry)
        if not isinstance(value, yaml.SequenceNode):
            self.fault(
                key, f"{key!r} of {self.title} is no list", "give a list: `[one, two]`, or a line `- one` for each"
            )
            return []
        if len(value.value) > most:
            self.fault(key, f"{key!r} of {self.title} has more than {most} entries", "leave some out")
        return list(value.value[:most])

    def _structure(self, entry: Entry) -> yaml.Node | None:
        """The value of a setting that is a list or a mapping; text of a variable is read as YAML."""
        if entry.value.tag != FROM_ENVIRONMENT:
            return entry.value
        try:
            return composed(str(entry.value.value))
        except yaml.YAMLError:
            return None

    def _scalar(self, key: str, tags: tuple[str, ...], expected: str) -> str | None:
        if key not in self._entries:
            return None
        value = self._entries[key].value
        if not isinstance(value, yaml.ScalarNode) or value.tag not in (*tags, FROM_ENVIRONMENT):
            self.fault(key, f"{key!r} of {self.title} has the wrong type", f"give {expected}")
            return None
        return str(value.value)

    def _item(self, entry: Entry, place: Place, text: str) -> Item:
        return Item(text, lambda cause, remedy: self._report(entry, place, cause, remedy))

    def _sink(self, entry: Entry) -> list[Problem]:
        return [] if entry.told else self.problems

    def _report(self, entry: Entry, place: Place, cause: str, remedy: str) -> None:
        self._sink(entry).append(Problem(place, cause, remedy))

    def _absolute(self, place: Place, value: str) -> str:
        folder = Path() if isinstance(place, Variable) else Path(place.file).parent
        return str(folder.absolute() / value)


def composed(text: str) -> yaml.Node | None:
    """YAML as nodes that know their lines; raises yaml.YAMLError, for what `check_yaml` refuses as well."""
    check_yaml(text, yaml.SafeLoader)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def check_yaml(text: str, loader: Any) -> None:  # Any: libyaml's loader has no types
    """Raises yaml.YAMLError for what is no YAML, what nests deeper than any setting does, and what is no text."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {_MOST_DEPTH} levels deep")
        if isinstance(event, yaml.ScalarEvent) and NO_TEXT.search(event.value):
            mark = event.start_mark if isinstance(event.start_mark, yaml.Mark) else None
            raise yaml.MarkedYAMLError(problem="found an escape of a character that no text has", problem_mark=mark)


def _instead_of(key: str, known: Sequence[str]) -> str:
    near = [one for one in known if one.endswith("_file") and key in one]
    return near[0] if near else "password_file"


def shown(key: str) -> str:
    """A key as a message may show it: without a colon after it, a key holds its value, which may be a secret."""
    return repr(key) if _KEY.fullmatch(key) else "that is no single word"


def _place(near: Place, node: yaml.Node) -> Place:
    """The line of a node in the same file; within a variable there are no lines."""
    return near if isinstance(near, Variable) else Place(near.file, node.start_mark.line + 1)
