"""A chart of a team's own: a panel in its service's dashboard."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from watchbill.catalogue.label import Label
from watchbill.catalogue.unit import Unit
from watchbill.errors import MissingExtra
from watchbill.expression import Expression, Raw
from watchbill.links import slug
from watchbill.problem import Declared, Problem, is_a, is_texts
from watchbill.promql import InvalidPromQL, parse

MOST_LINES = 26
"""Grafana names the queries of a panel by letters."""


@dataclass(frozen=True)
class Chart(Declared):
    """Lines over time: expressions by what they are called in the legend; a nameless one is named by the label `by`.

    `unit` is that of the first expression unless it is given. Raw PromQL may use `$env`, `$instance`, `$route` and
    `$__rate_interval`; other expressions follow the dashboard's choice by themselves. `suppressed` are reasons why
    findings of `watchbill check` do not count, by the rule's id.
    """

    title: str
    lines: Mapping[str, Expression]
    help: str = field(kw_only=True)
    unit: Unit | None = field(default=None, kw_only=True)
    by: Label | None = field(default=None, kw_only=True)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)

    @property
    def name(self) -> str:
        """What tells it apart from the other charts of its service."""
        return slug(self.title)

    @property
    def key(self) -> str:
        """The key of its panel."""
        return f"chart-{slug(self.title)}"

    def problems(self) -> Iterator[Problem]:
        if not (is_a(self.title, str) and slug(self.title)):
            yield self.problem(f"a chart's title is {self.title!r}", "give a title that a person understands")
        if not (is_a(self.help, str) and self.help.strip()):
            yield self.problem(
                f"chart {self.title!r} does not say what it shows", "give help=: what it shows, and what to make of it"
            )
        if self.unit is not None and not is_a(self.unit, Unit):
            yield self.problem(
                f"unit={self.unit!r} of chart {self.title!r} is no unit", "give one such as Unit.SECONDS"
            )
        if self.by is not None and not is_a(self.by, Label):
            yield self.problem(f"by={self.by!r} of chart {self.title!r} is no Label", "give the Label itself")
        if not is_texts(self.suppressed):
            cause = f"suppressed={self.suppressed!r} is no mapping of reasons by rule"
            yield self.problem(cause, 'give one such as {"raw-counter": "the reason"}')
        if not is_a(self.lines, Mapping) or not 0 < len(self.lines) <= MOST_LINES:
            yield self.problem(f"chart {self.title!r} has nothing to draw", f"give 1 to {MOST_LINES} expressions")
            return
        for expression in self.lines.values():
            fault = fault_of(expression)
            if fault:
                yield self.problem(f"chart {self.title!r}: {fault}", "give an expression, or PromQL as text")


def chart(
    title: str,
    expression: Expression | str | Mapping[str, Expression | str],
    *,
    help: str,  # noqa: A002  as of a metric
    unit: Unit | None = None,
    by: Label | None = None,
    suppressed: Mapping[str, str] | None = None,
) -> Chart:
    """A panel with one line, several by name, or one for each value of a label:
    `chart("Orders per second", total(select(ORDERS).rate("5m"), PAYMENT), by=PAYMENT, help="…")`.
    """
    lines = expression if isinstance(expression, Mapping) else {"": expression}
    return Chart(
        title,
        {name: written(line) for name, line in lines.items()},
        help=help,
        unit=unit,
        by=by,
        suppressed=suppressed or {},
    )


def written(expression: Expression | str) -> Expression:
    """An expression, or text as raw PromQL. What is neither is kept as it is, for `problems()` to show."""
    return Raw(expression) if isinstance(expression, str) else expression


def fault_of(expression: object) -> str:
    """Why something cannot stand as an expression; empty where it can, and where promql-parser is not installed."""
    if not isinstance(expression, Expression):
        return f"{expression!r} is no expression"
    try:
        parse(expression.promql())
    except InvalidPromQL as error:
        return str(error)
    except MissingExtra:
        pass
    return ""
