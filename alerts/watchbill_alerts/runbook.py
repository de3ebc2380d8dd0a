"""Runbook pages: an alert's docstring, filled with the queries and numbers of one service."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from textwrap import indent
from types import MappingProxyType

from watchbill.errors import InvalidDeclaration

SECTIONS = ("Meaning", "Impact", "First checks", "Mitigation")
_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_QUERY_LINE = re.compile(r"^( *)\$(\w+)$", re.MULTILINE)
_STARTS = re.compile(r" *(?:- |\d+\. |#)")
_FIRST_ITEM = re.compile(r"^1\. (.+?)(?:\n\n|\n\d+\. |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Runbook:
    """The sections of a runbook page, in Markdown, by their titles."""

    sections: Mapping[str, str]

    @classmethod
    def of(cls, family: Callable[..., object], **facts: str) -> "Runbook":
        """The docstring of an alert's function, with `$fact` filled in; alone on its line, a fact is a query.

        Raises InvalidDeclaration for a missing section, first check or fact, and where Python dropped docstrings.
        """
        subject = f"runbook of {family.__name__}"
        text = inspect.getdoc(family)
        if text is None:
            raise InvalidDeclaration(subject, ["there is no docstring; python -OO drops them, run without it"])
        try:
            filled = Template(_QUERY_LINE.sub(lambda line: _fenced(line, facts), text)).substitute(facts)
        except KeyError as missing:
            raise InvalidDeclaration(subject, [f"it asks for the fact {missing}, which is not given"]) from missing
        parts = _HEADING.split(_unwrapped(filled))[1:]
        sections = {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}
        absent = [f"it has no section {title!r}" for title in SECTIONS if not sections.get(title)]
        if not absent and not _FIRST_ITEM.search(sections["First checks"]):
            absent = ["its first checks are no numbered list"]
        if absent:
            raise InvalidDeclaration(subject, absent)
        return cls(MappingProxyType(sections))

    @property
    def first_check(self) -> str:
        """What to do first, as one line: the first item of the first checks without its query."""
        found = _FIRST_ITEM.search(self.sections["First checks"])
        return " ".join(found[1].split()).rstrip(":") if found else ""


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
    if line[2] not in facts:
        raise KeyError(line[2])
    block = f"```promql\n{facts[line[2]]}\n```"
    return indent(block, line[1]).replace("$", "$$")
