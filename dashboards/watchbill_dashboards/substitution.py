"""Grafana's variables in a query, replaced as Grafana replaces them for Prometheus."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchbill.errors import WatchbillError

_VARIABLE = re.compile(
    r"\$(?P<plain>[A-Za-z_]\w*) | \$\{(?P<braced>[A-Za-z_]\w*)(?::\w+)?\} | \[\[(?P<old>[A-Za-z_]\w*)\]\]", re.VERBOSE
)
_REGEX_CHARACTERS = re.compile(r"[$^*{}\[\]'+?.()|]")


class UnknownVariable(WatchbillError, LookupError):
    """A query uses variables that its dashboard does not declare."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Chosen values of a variable that allows several: they become a regex, unless `raw` is given instead."""

    values: Sequence[str] = ()
    raw: str | None = None

    def text(self) -> str:
        """The pattern as it stands between a matcher's quotes."""
        if self.raw is not None:
            return self.raw
        escaped = [_pattern_escaped(value) for value in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def substituted(query: str, values: Mapping[str, str | Pattern]) -> str:
    """The query with every variable replaced; raises UnknownVariable that names all it cannot replace."""
    unknown = sorted({name for name in map(_name, _VARIABLE.finditer(query)) if name not in values})
    if unknown:
        raise UnknownVariable(f"no such variable: {', '.join('$' + name for name in unknown)}")
    return _VARIABLE.sub(lambda match: _text(values[_name(match)]), query)


def variables_in(text: str) -> tuple[str, ...]:
    """The names of all variables that a query or an address uses, in their order."""
    return tuple(dict.fromkeys(map(_name, _VARIABLE.finditer(text))))


def _name(match: re.Match[str]) -> str:
    return str(match["plain"] or match["braced"] or match["old"])


def _text(value: str | Pattern) -> str:
    if isinstance(value, Pattern):
        return value.text()
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _pattern_escaped(value: str) -> str:
    """A literal inside a regex inside a PromQL string, so each backslash stands twice."""
    doubled = value.replace("\\", "\\\\\\\\").replace('"', '\\"')
    return _REGEX_CHARACTERS.sub(lambda found: "\\\\" + found[0], doubled)
