"""Variables of a foreign dashboard, and where its texts mention them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

# Possessive, so that a run of mentions is read in one way only.
MENTION = r"\$\{[A-Za-z_]\w*(?:[^\w{}][^{}]*)?\}|\$[A-Za-z_]\w*+|\[\[[A-Za-z_]\w*(?::\w+)?\]\]"
_MENTION = re.compile(MENTION)
_NAME = re.compile(r"[A-Za-z_]\w*")

NUMBERS = frozenset({"__interval_ms", "__rate_interval_ms", "__range_s", "__range_ms", "__from", "__to"})
DURATIONS = frozenset({"__interval", "__rate_interval", "__range"})
_GLOBALS = (
    NUMBERS | DURATIONS | {"__all", "__dashboard", "__name", "__org", "__user", "__timezone", "__url_time_range",
                           "__timeFilter", "timeFilter", "__searchFilter", "__field", "__series", "__value",
                           "__data", "__url", "__cell", "__alertId", "__auto"}
)  # fmt: skip
_OF_GRAFANA = re.compile(r"__auto_interval_\w+|__(?:field|cell|value|data|series|url|user|org)\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """`values` are those that the dashboard itself writes down; a constant has one and no other."""

    name: str
    type: str = "query"
    values: tuple[str, ...] = ()

    @property
    def exact(self) -> str | None:
        """The value where it can have no other."""
        return self.values[0] if self.type == "constant" and len(self.values) == 1 else None


Variables = Mapping[str, Variable]


@dataclass(frozen=True, slots=True)
class Mention:
    """A variable's name and where it stands, with its sign and format."""

    name: str
    start: int
    end: int


def mentions(text: str, offset: int = 0) -> Iterator[Mention]:
    """Every variable that a text mentions, in the three ways Grafana knows: $a, ${a:format} and [[a]]."""
    for found in _MENTION.finditer(text):
        name = _NAME.search(found[0])
        if name:
            yield Mention(name[0], offset + found.start(), offset + found.end())


def unknown(found: Iterable[Mention], variables: Variables, text: str = "") -> Iterator[Mention]:
    """Those that neither the dashboard declares nor Grafana provides.

    A named group of a regular expression in the text is no variable: `label_replace` puts it in.
    """
    groups = set(re.findall(r"\(\?P<(\w+)>", text))
    for mention in found:
        name = mention.name
        if name not in variables and name not in _GLOBALS and name not in groups and not _OF_GRAFANA.fullmatch(name):
            yield mention


def nearest_variable(name: str, variables: Variables) -> str:
    """The variable that was probably meant; empty where none looks like it."""
    known = [*variables, *sorted(_GLOBALS)]
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), "")
