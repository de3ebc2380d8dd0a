"""Prometheus rule files, and Kubernetes objects that hold the same groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from watchbill.problem import Place, Problem
from watchbill_stack.foreign.document import documents
from watchbill_stack.foreign.node import Node
from watchbill_stack.foreign.source import LONGEST_EXPRESSION, Source, WrongSource

_KINDS = frozenset({"PrometheusRule", "VMRule"})
# Of vmalert, whose groups may also be in the languages of Graphite and VictoriaLogs.
_TYPES = frozenset({"", "prometheus"})
_MOST_RULES = 100_000
_GROUPS = "give a rule file, which begins with `groups:`, or a PrometheusRule"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRule:
    """A rule as it stands in a file. `place` is the first line of its expression, `texts` are annotations by name."""

    role: Literal["alert", "recording"]
    name: str
    expression: str
    place: Place
    group: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))


def foreign_rules(path: Path) -> tuple[ForeignRule, ...]:
    """The rules of a file; raises WrongSource with every mistake of the file's shape."""
    return rules_of(Source.read(path))


def rules_of(source: Source) -> tuple[ForeignRule, ...]:
    """The rules of a text; raises WrongSource with every mistake of its shape."""
    if not source.text.strip():
        raise source.wrong(1, "is empty", _GROUPS)
    rules: list[ForeignRule] = []
    problems: list[Problem] = []
    for inner, document in documents(source):
        reader = _Reader(inner)
        reader.read(document)
        rules += reader.rules
        problems += reader.problems
    if problems:
        raise WrongSource(tuple(problems))
    return tuple(rules)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.rules: list[ForeignRule] = []
        self.problems: list[Problem] = []

    def read(self, document: Node) -> None:
        """Takes the rules of a document."""
        kind = document.get("kind").string
        if kind in _KINDS:
            document = document.get("spec")
        elif kind and document.has("apiVersion"):
            self._wrong(document.line, f"is a {kind}, which holds no rules", _GROUPS)
            return
        for group in self._list(document, "groups", _GROUPS):
            name = group.get("name").string
            if group.get("type").string not in _TYPES:
                continue
            for rule in self._list(group, "rules", "give the group a list of rules"):
                self._rule(rule, name)

    def _list(self, node: Node, name: str, remedy: str) -> tuple[Node, ...]:
        if node.fields is None:
            self._wrong(node.line, f"{node.kind} stands where a mapping with `{name}` should", remedy)
            return ()
        found = node.get(name)
        # A file or group may say that it has none.
        if found.items is None and not (found.kind == "nothing" and node.has(name)):
            cause = f"`{name}` is {found.kind}, not a list" if node.has(name) else f"there is no `{name}`"
            self._wrong(found.line, cause, remedy)
        return found.each()

    def _rule(self, rule: Node, group: str) -> None:
        alert, record, expression = rule.get("alert").string, rule.get("record").string, rule.get("expr")
        if rule.fields is None:
            self._wrong(rule.line, f"{rule.kind} stands where a rule should", "give it `alert` or `record`, and `expr`")
        elif bool(alert) == bool(record):
            cause = "a rule has both `alert` and `record`" if alert else "a rule has neither `alert` nor `record`"
            self._wrong(rule.line, cause, "give it one of them")
        elif not expression.string.strip():
            self._wrong(rule.line, f"{alert or record} has no expression", "give it `expr`")
        elif len(expression.string) > LONGEST_EXPRESSION:
            cause = f"the expression of {alert or record} has more than {LONGEST_EXPRESSION} characters"
            self._wrong(expression.line, cause, "record parts of it")
        elif len(self.rules) >= _MOST_RULES:
            raise self.source.wrong(rule.line, f"holds more than {_MOST_RULES} rules", "give the parts one by one")
        else:
            self.rules.append(
                ForeignRule(
                    role="alert" if alert else "recording",
                    name=alert or record,
                    expression=expression.string,
                    place=self.source.place(expression.line),
                    group=group,
                    labels=_texts(rule.get("labels")),
                    texts=_texts(rule.get("annotations")),
                )
            )

    def _wrong(self, line: int, cause: str, remedy: str) -> None:
        self.problems.append(Problem(self.source.place(line), cause, remedy))


def _texts(node: Node) -> Mapping[str, str]:
    return MappingProxyType({name: value.string for name, value in node.entries()})
