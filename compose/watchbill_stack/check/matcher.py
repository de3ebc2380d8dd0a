"""Alertmanager's matchers: conditions on labels, as routes and inhibitions write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MATCHER = re.compile(r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|(\S*))\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label that is absent counts as empty."""

    label: str
    operator: str
    value: str

    @classmethod
    def of(cls, text: str) -> "Matcher":
        """From `name="value"`, with =, !=, =~ or !~; raises ValueError for anything else."""
        found = _MATCHER.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no matcher")
        quoted, bare = found[3], found[4]
        value = _ESCAPED.sub(_unescaped, quoted) if quoted is not None else bare
        return cls(found[1], found[2], value)

    def is_met(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        value = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (value == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, value) is not None) is (self.operator == "=~")

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
