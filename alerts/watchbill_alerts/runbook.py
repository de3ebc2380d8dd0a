"""Runbook pages: an alert's docstring, filled with the queries and numbers of one service."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from string import Template
from textwrap import indent
from types import MappingProxyType

from watchbill.errors import InvalidDeclaration
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.promql import canonical

_CHECKS = "First checks"
SECTIONS = ("Meaning", "Impact", _CHECKS, "Mitigation")
Fact = str | Expression
_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_QUERY_LINE = re.compile(r"^( *)\$(\w+)$", re.MULTILINE)
_STARTS = re.compile(r" *(?:- |\d+\. |#)")
_FIRST_ITEM = re.compile(r"^1\. (.+?)(?:\n\n|\n\d+\. |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a runbook before its facts are filled in; `lacks` says which of its parts are missing.

    Raises InvalidDeclaration where a `$` stands before no fact.
    """

    subject: str
    text: str
    asks: frozenset[str] = field(init=False)
    lacks: tuple[str, ...] = field(init=False)
    first: Template = field(init=False)

    def __post_init__(self) -> None:
        template = Template(self.text)
        if not template.is_valid():
            raise InvalidDeclaration(self.subject, ["a $ stands before no fact; write $$ for a dollar"])
        sections = _sections(self.text)
        lacks = [f"section {title!r}" for title in SECTIONS if not sections.get(title)]
        first = _FIRST_ITEM.search(sections.get(_CHECKS, ""))
        if sections.get(_CHECKS) and first is None:
            lacks.append("numbered list of first checks")
        object.__setattr__(self, "asks", frozenset(template.get_identifiers()))
        object.__setattr__(self, "lacks", tuple(lacks))
        object.__setattr__(self, "first", Template(first[1] if first else ""))

    def unanswered(self, facts: Mapping[str, Fact]) -> list[str]:
        """What is wrong with some facts: each that the text asks for and that is not among them."""
        return [f"it asks for the fact {fact!r}, which is not given" for fact in sorted(self.asks - facts.keys())]


@lru_cache(maxsize=256)
def _page_of(family: Callable[..., object]) -> Page:
    """The docstring of an alert's function; it cannot be read where Python dropped docstrings."""
    subject = f"runbook of {family.__name__}"
    text = inspect.getdoc(family)
    if text is None:
        raise InvalidDeclaration(subject, ["there is no docstring; python -OO drops them, run without it"])
    return Page(subject, text)


@dataclass(frozen=True, eq=False)
class Runbook:
    """A page and what is filled into it, once it is read: an expression as a query, under a names profile."""

    page: Page
    facts: Mapping[str, Fact]
    names: Names = CLASSIC

    def __post_init__(self) -> None:
        faults = self.page.unanswered(self.facts)
        if faults:
            raise InvalidDeclaration(self.page.subject, faults)

    @classmethod
    def of(cls, family: Callable[..., object], names: Names = CLASSIC, /, **facts: Fact) -> "Runbook":
        """The docstring of an alert's function, with `$fact` filled in; alone on its line, a fact is a query.

        Raises InvalidDeclaration for a missing section, first check or fact, and where Python dropped docstrings.
        """
        page = _page_of(family)
        if page.lacks:
            faults = [f"it has no {part}" for part in page.lacks]
            raise InvalidDeclaration(page.subject, [*faults, *page.unanswered(facts)])
        return cls(page, facts, names)

    @classmethod
    def of_text(cls, subject: str, text: str, names: Names = CLASSIC, /, **facts: Fact) -> "Runbook":
        """A page that a user writes, whatever it lacks: `watchbill check` tells; InvalidDeclaration for a fact."""
        return cls(Page(subject, text), facts, names)

    @property
    def queries(self) -> Mapping[str, str]:
        """The PromQL of its queries, by their facts."""
        return {name: fact.promql(self.names) for name, fact in self.facts.items() if isinstance(fact, Expression)}

    @cached_property
    def sections(self) -> Mapping[str, str]:
        """The sections of the page, in Markdown, by their titles."""
        facts = self._written
        filled = Template(_QUERY_LINE.sub(lambda line: _fenced(line, facts), self.page.text)).substitute(facts)
        return MappingProxyType(_sections(_unwrapped(filled)))

    @cached_property
    def first_check(self) -> str:
        """What to do first, as one line: the first item of the first checks without its query."""
        return " ".join(self.page.first.substitute(self._first_facts).split()).rstrip(":")

    @property
    def _first_facts(self) -> dict[str, str]:
        return {name: self._text(self.facts[name]) for name in self.page.first.get_identifiers()}

    @property
    def _written(self) -> dict[str, str]:
        return {name: self._text(fact) for name, fact in self.facts.items()}

    def _text(self, fact: Fact) -> str:
        return canonical(fact.promql(self.names)) if isinstance(fact, Expression) else fact


def _sections(text: str) -> dict[str, str]:
    parts = _HEADING.split(text)[1:]
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def _unwrapped(text: str) -> str:
    """The text with each paragraph and list item on one line: filled in, its old line breaks mean nothing."""
    lines: list[str] = []
    in_code = joins = False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        in_code ^= fence
        if joins and not in_code and not fence and line and not _STARTS.match(line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
            joins = bool(line) and not in_code and not fence and not line.startswith("#")
    return "\n".join(lines)


def _fenced(line: re.Match[str], facts: Mapping[str, str]) -> str:
    block = f"```promql\n{facts[line[2]]}\n```"
    return indent(block, line[1]).replace("$", "$$")
