"""Grafana dashboards as files: classic JSON of any age, or wrapped as the API and Kubernetes wrap it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from watchbill.problem import Place, Problem
from watchbill_stack.check.site import Role
from watchbill_stack.foreign.document import documents
from watchbill_stack.foreign.node import Node
from watchbill_stack.foreign.source import LONGEST_EXPRESSION, Source, WrongSource
from watchbill_stack.foreign.variable import Variable

_REMEDY = "give a dashboard as Grafana exports it"
_MOST_QUERIES = 50_000
_PROMETHEUS_LIKE = ("prometheus", "victoriametrics", "mimir", "thanos", "cortex")
_PLACEHOLDERS = frozenset({"", "datasource", "mixed", "default", "-- mixed --", "-- dashboard --"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignQuery:
    """An expression of a dashboard. `labelled` is the text that names labels of its result: a legend, a title."""

    role: Role
    name: str
    text: str
    place: Place
    labelled: str = ""
    labelled_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDashboard:
    """What a dashboard asks of Prometheus. `others` counts queries to data sources of other kinds."""

    title: str
    variables: Mapping[str, Variable]
    queries: tuple[ForeignQuery, ...]
    repeats: tuple[tuple[str, str, Place], ...] = ()
    """Variable, panel and place of each panel that is repeated."""
    others: int = 0


def foreign_dashboards(path: Path) -> tuple[ForeignDashboard, ...]:
    """The dashboards of a file; raises WrongSource for what holds none."""
    return dashboards_of(Source.read(path))


def dashboards_of(source: Source) -> tuple[ForeignDashboard, ...]:
    """The dashboards of a text; raises WrongSource for what holds none."""
    if not source.text.strip():
        raise source.wrong(1, "is empty", _REMEDY)
    found: list[ForeignDashboard] = []
    problems: list[Problem] = []
    for inner, document in documents(source):
        try:
            found.append(_Reader(inner).dashboard(_model(inner, document)))
        except WrongSource as error:
            problems += error.problems
    if problems:
        raise WrongSource(tuple(problems))
    if not found:
        raise source.wrong(1, "holds no dashboard", _REMEDY)
    return tuple(found)


def _model(source: Source, document: Node) -> Node:
    """The dashboard itself, out of what wraps it."""
    for path in (("dashboard",), ("spec", "dashboard"), ("spec",), ()):
        model = document.get(*path)
        if model.fields is not None and _is_dashboard(model):
            return model
    kind = document.get("kind").string or document.kind
    raise source.wrong(document.line, f"is no dashboard but {kind}", _REMEDY)


def _is_dashboard(model: Node) -> bool:
    return any(model.has(name) for name in ("panels", "rows", "elements", "schemaVersion"))


@dataclass(slots=True)
class _Reader:
    source: Source
    variables: dict[str, Variable] = field(default_factory=dict[str, Variable])
    queries: list[ForeignQuery] = field(default_factory=list[ForeignQuery])
    repeats: list[tuple[str, str, Place]] = field(default_factory=list[tuple[str, str, Place]])
    others: int = 0

    def dashboard(self, model: Node) -> ForeignDashboard:
        """Everything a dashboard asks."""
        declared = [(one, one.get("type").string) for one in model.get("templating", "list").each()]
        declared += [(one.get("spec"), _type_of(one)) for one in model.get("variables").each()]
        for node, kind in declared:
            self._declare(node, kind)
        for node, kind in declared:
            if kind == "query":
                self._variable(node)
        for panel in _panels(model):
            self._panel(panel)
        for _, element in model.get("elements").entries():
            self._element(element.get("spec"))
        for mark in (*model.get("annotations", "list").each(), *model.get("annotations").each()):
            self._annotation(mark.get("spec") if mark.has("spec") else mark)
        return ForeignDashboard(
            title=model.get("title").string or "untitled",
            variables=self.variables,
            queries=tuple(self.queries),
            repeats=tuple(self.repeats),
            others=self.others,
        )

    def _declare(self, node: Node, kind: str) -> None:
        name = node.get("name").string
        if name:
            values = (node.get("pluginId").string,) if node.has("pluginId") else _values(node)
            self.variables[name] = Variable(name=name, type=kind, values=values)

    def _variable(self, node: Node) -> None:
        query = node.get("query")
        text = _first(query.get("spec", "query"), query.get("query"), query)
        if text.string and self._is_prometheus(node.get("datasource"), query):
            self._ask("variable", f"${node.get('name').string}", text)

    def _panel(self, panel: Node) -> None:
        title = panel.get("title").string or f"panel {panel.get('id').string or '?'}"
        self._repeated(panel.get("repeat"), title)
        for target in panel.get("targets").each():
            if not target.get("expr").string.strip():
                continue
            if self._is_prometheus(_first(target.get("datasource"), panel.get("datasource")), target):
                self._ask("panel", title, target.get("expr"), target.get("legendFormat"))
            else:
                self.others += 1

    def _element(self, panel: Node) -> None:
        title = panel.get("title").string or f"panel {panel.get('id').string or '?'}"
        for query in panel.get("data", "spec", "queries").each():
            asked = query.get("spec", "query")
            expression = asked.get("spec", "expr")
            if not expression.string.strip():
                continue
            if self._is_prometheus(query.get("spec", "datasource"), asked):
                self._ask("panel", title, expression, asked.get("spec", "legendFormat"))
            else:
                self.others += 1

    def _annotation(self, mark: Node) -> None:
        asked = mark.get("query")
        expression = _first(mark.get("expr"), mark.get("target", "expr"), asked.get("spec", "expr"))
        if expression.string.strip() and self._is_prometheus(mark.get("datasource"), asked):
            labelled = _first(mark.get("titleFormat"), mark.get("textFormat"))
            self._ask("annotation", mark.get("name").string or "annotation", expression, labelled)

    def _ask(self, role: Role, name: str, text: Node, labelled: Node | None = None) -> None:
        if len(self.queries) >= _MOST_QUERIES:
            raise self.source.wrong(text.line, f"holds more than {_MOST_QUERIES} queries", "give the parts one by one")
        if len(text.string) > LONGEST_EXPRESSION:
            cause = f"the query of {name} has more than {LONGEST_EXPRESSION} characters"
            raise self.source.wrong(text.line, cause, "record parts of it")
        self.queries.append(
            ForeignQuery(
                role=role,
                name=name,
                text=text.string,
                place=self.source.place(text.line),
                labelled=labelled.string if labelled else "",
                labelled_place=self.source.place(labelled.line) if labelled and labelled.string else None,
            )
        )

    def _repeated(self, repeat: Node, title: str) -> None:
        if repeat.string:
            self.repeats.append((repeat.string, title, self.source.place(repeat.line)))

    def _is_prometheus(self, source: Node, query: Node) -> bool:
        """Whether a query is for a Prometheus, as far as the file says; what it does not name, is."""
        group = query.get("group").string or (query.get("kind").string if query.has("spec") else "")
        kind = source.get("type").string or (group if group != "DataQuery" else "")
        if not kind and source.string.startswith("$"):
            variable = self.variables.get(source.string.strip("${}"))
            kind = variable.values[0] if variable and variable.values else ""
        kind = kind.lower()
        return kind in _PLACEHOLDERS or any(word in kind for word in _PROMETHEUS_LIKE)


def _first(*nodes: Node) -> Node:
    """The first that is there."""
    return next((node for node in nodes if node.kind != "nothing"), nodes[-1])


def _type_of(variable: Node) -> str:
    """The classic type of a variable of a version 2 dashboard, whose kind is such as QueryVariable."""
    return variable.get("kind").string.removesuffix("Variable").lower()


def _panels(holder: Node) -> Iterator[Node]:
    """Panels in the order of the file, those of rows included, however they are nested."""
    for panel in holder.get("panels").each():
        yield panel
        yield from _panels(panel)
    for row in holder.get("rows").each():
        yield from _panels(row)


def _values(node: Node) -> tuple[str, ...]:
    """The values that a variable's declaration writes out."""
    options = tuple(one.get("value").string for one in node.get("options").each() if one.get("value").string)
    return tuple(one for one in options if one != "$__all") or _listed(node.get("query").string)


def _listed(query: str) -> tuple[str, ...]:
    parts = (part.strip() for part in query.split(","))
    return tuple(part.partition(" : ")[2] or part for part in parts if part)
