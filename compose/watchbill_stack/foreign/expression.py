"""An expression of a foreign file: its site, the ways to read it, and the texts that show its labels."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from watchbill_stack.check.shown_labels import labels_of_legend, labels_of_template, queries_of_template
from watchbill_stack.check.site import Role, Site
from watchbill_stack.foreign.dashboard_file import ForeignDashboard, ForeignQuery
from watchbill_stack.foreign.reading import Reading, read
from watchbill_stack.foreign.rule_file import ForeignRule
from watchbill_stack.foreign.variable import Mention, Variables, unknown
from watchbill_stack.foreign.variable_query import read_variable_query

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """`shown` are labels by the text that shows them, `unknown` variables that nobody declares.

    `variables` are None where there are none by nature.
    """

    site: Site
    reading: Reading
    shown: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType(dict[str, frozenset[str]]()))
    variables: Variables | None = None
    unknown: tuple[Mention, ...] = ()


def expressions_of_rule(rule: ForeignRule) -> Iterator[Expression]:
    """The expression of a rule, and the queries that its annotations ask in full."""
    texts = {**rule.texts, **{f"label {name}": text for name, text in rule.labels.items()}}
    site = _site(rule.role, rule.name, rule.expression, rule, labels=rule.labels)
    shown = {name: labels_of_template(text) for name, text in texts.items()} if rule.role == "alert" else {}
    yield Expression(site=site, reading=read(rule.expression, None), shown=shown)
    for name, text in texts.items() if rule.role == "alert" else ():
        for query in queries_of_template(text):
            asked = _site("link", f"{rule.name}, query in {name}", query, rule)
            yield Expression(site=asked, reading=read(query, None))


def expressions_of_dashboard(dashboard: ForeignDashboard, scrape_interval: float) -> Iterator[Expression]:
    """The queries of panels, variables and annotations; those that ask for no series are left out."""
    variables = dashboard.variables
    for query in dashboard.queries:
        name = f"{dashboard.title}: {query.name}"
        site = _site(query.role, name, query.text, query)
        if query.role == "variable":
            reading = read_variable_query(query.text, variables, scrape_interval)
        else:
            reading = read(query.text, variables, scrape_interval)
        shown = {"legend" if query.role == "panel" else "title": labels_of_legend(query.labelled)}
        yield Expression(
            site=site,
            reading=reading,
            shown=shown,
            variables=variables,
            unknown=tuple(unknown(reading.mentions, variables, query.text)),
        )
    yield from _repeats(dashboard)


def _repeats(dashboard: ForeignDashboard) -> Iterator[Expression]:
    for name, panel, place in dashboard.repeats:
        found = Mention(name.strip("${}"), 0, len(name))
        if found.name not in dashboard.variables:
            site = Site(role="panel", name=_clean(f"{dashboard.title}: {panel}"), service="", place=place)
            yield Expression(site=site, reading=Reading(""), variables=dashboard.variables, unknown=(found,))


def _site(
    role: Role, name: str, text: str, at: ForeignRule | ForeignQuery, labels: Mapping[str, str] | None = None
) -> Site:
    return Site(role=role, name=_clean(name), service="", place=at.place, text=_clean(text), labels=labels or {})


def _clean(text: str) -> str:
    """Control characters of a foreign file must not reach a terminal; each becomes one character, so places hold."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
