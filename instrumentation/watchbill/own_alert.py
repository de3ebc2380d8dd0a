"""An alert of a team's own, on its own metrics or on any PromQL."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypedDict, Unpack

from watchbill import duration
from watchbill.burn_rate import BURN_RATES, SEVERITIES, Severity
from watchbill.catalogue.unit import Unit
from watchbill.chart import Chart, fault_of, written
from watchbill.example import Example
from watchbill.expression import Expression
from watchbill.links import slug
from watchbill.objective import exact, is_exact
from watchbill.problem import Declared, Problem, is_a, is_list, is_texts
from watchbill.runbook_text import Written, faults_of

Direction = Literal["above", "below"]
_NAME = re.compile(r"[A-Za-z_]*[A-Za-z][A-Za-z0-9_]*")
TAKEN_NAMES = frozenset(
    {
        "ErrorBudgetExhausted",
        "ExporterCollectorFailing",
        "ExporterDown",
        "HighErrorRatio",
        "HighLatency",
        "ObjectiveNotMeasured",
        "PostgresDown",
        "RedisDown",
        "TargetAbsent",
        "TargetDown",
        "Watchdog",
        *(f"ErrorBudgetBurn{rate.tier.title()}" for rate in BURN_RATES),
    }
)
"""Alerts of Watchbill's own: routes and inhibitions know them by name."""


@dataclass(frozen=True)
class OwnAlert(Declared):
    """Fires while a value is above or below a limit, or without a limit while the expression has a value at all.

    What is left empty is derived where it can be: the texts of an alert with a limit, the sections of the runbook that
    are not written, its tests where the value is a rate, an increase, a gauge, a quantile or a ratio of such. `chart`
    is one of the service's; an alert with a limit has a panel of its own without it. `suppressed` are reasons why
    findings of `watchbill check` do not count, by the rule's id.
    """

    alert_name: str
    expression: Expression
    direction: Direction | None = None
    limit: Decimal | None = None
    summary: str = field(default="", kw_only=True)
    description: str = field(default="", kw_only=True)
    runbook: Written = field(default="", kw_only=True)
    pending: str = field(default="5m", kw_only=True)
    severity: Severity = field(default="warning", kw_only=True)
    unit: Unit | None = field(default=None, kw_only=True)
    chart: Chart | None = field(default=None, kw_only=True)
    examples: Sequence[Example] = field(default=(), kw_only=True)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)

    @property
    def name(self) -> str:
        """What tells it apart from the other alerts of its service."""
        return f"{self.alert_name} ({self.severity})"

    @property
    def condition(self) -> Expression:
        """What has a value while it is to fire."""
        if self.limit is None:
            return self.expression
        return self.expression > self.limit if self.direction == "above" else self.expression < self.limit

    @property
    def shown_unit(self) -> Unit:
        """The unit of the value and its limit."""
        return self.unit or self.expression.unit

    def problems(self) -> Iterator[Problem]:
        yield from self._problems_of_texts()
        fault = fault_of(self.expression)
        if fault:
            yield self.problem(f"alert {self.alert_name!r}: {fault}", "give an expression, or PromQL as text")
        if self.direction is not None and not is_exact(self.limit):
            yield self.problem(f"a limit of {self.limit!r} is no number", "give a number, such as 0.01")
        if self.severity not in SEVERITIES:
            yield self.problem(f"{self.severity!r} is no severity", "use critical, warning or info")
        if not _is_duration(self.pending):
            yield self.problem(
                f"{self.pending!r} is no Prometheus duration", 'give for_="5m", "1h30m" or the like, or "0s"'
            )
        if self.unit is not None and not is_a(self.unit, Unit):
            yield self.problem(f"unit={self.unit!r} is no unit", "give one such as Unit.SECONDS")
        if self.chart is not None and not is_a(self.chart, Chart):
            yield self.problem(f"chart={self.chart!r} is no Chart", "give one of the service's charts")
        if not is_texts(self.suppressed):
            cause = f"suppressed={self.suppressed!r} is no mapping of reasons by rule"
            yield self.problem(cause, 'give one such as {"raw-counter": "the reason"}')
        yield from self._problems_of_examples()

    def _problems_of_texts(self) -> Iterator[Problem]:
        if not (is_a(self.alert_name, str) and _NAME.fullmatch(self.alert_name)):
            yield self.problem(f"{self.alert_name!r} is no alert's name", 'give one such as "OrdersFail"')
        elif self.alert_name in TAKEN_NAMES:
            yield self.problem(f"{self.alert_name!r} is an alert of Watchbill's own", "choose another name")
        if self.direction is None and not (is_a(self.summary, str) and self.summary.strip()):
            yield self.problem(f"alert {self.alert_name!r} does not say what broke", "give summary=: one sentence")
        if not (is_a(self.runbook, str) or callable(self.runbook)):
            yield self.problem(f"runbook={self.runbook!r} is no text", "give Markdown, or a function with a docstring")
            return
        for fault in faults_of(self.runbook):
            yield self.problem(f"runbook of alert {self.alert_name!r}: {fault}", "mend the text")

    def _problems_of_examples(self) -> Iterator[Problem]:
        if not is_list(self.examples):
            yield self.problem(f"examples={self.examples!r} is not a list", "write examples=[fires(…), silent(…)]")
            return
        for example in self.examples:
            if is_a(example, Example):
                yield from example.problems()
            else:
                yield self.problem(f"{example!r} is no example", "write examples=[fires(…), silent(…)]")


def clashes(alerts: Iterable[object]) -> Iterator[Problem]:
    """Alerts of a service that would share a panel and cannot: names that hardly differ, or other directions."""
    first: dict[str, OwnAlert] = {}
    for own in alerts:
        if not (isinstance(own, OwnAlert) and is_a(own.alert_name, str)):
            continue
        other = first.setdefault(slug(own.alert_name), own)
        if other.alert_name != own.alert_name:
            yield own.problem(
                f"{own.alert_name!r} differs from {other.alert_name!r} in its spelling alone",
                "give both the same name, or names that a person tells apart",
            )
        elif None not in {other.direction, own.direction} and other.direction != own.direction:
            yield own.problem(
                f"alert {own.alert_name!r} fires {own.direction} a limit, and at {other.place} {other.direction} one",
                "give it another name, which says what is wrong",
            )


class Details(TypedDict, total=False):
    """What any alert may be given besides; `for_` is how long it must hold, "5m" unless given."""

    summary: str
    description: str
    runbook: Written
    for_: str
    severity: Severity
    unit: Unit
    chart: Chart
    examples: Sequence[Example]
    suppressed: Mapping[str, str]


def above(expression: Expression | str, limit: float | str, *, name: str, **details: Unpack[Details]) -> OwnAlert:
    """Tell when a value exceeds a limit: `above(ratio(failed, placed), 0.05, name="OrdersFail")`."""
    return _made(name, expression, "above", exact(limit), **details)


def below(expression: Expression | str, limit: float | str, *, name: str, **details: Unpack[Details]) -> OwnAlert:
    """Tell when a value falls under a limit; a value that is absent does not."""
    return _made(name, expression, "below", exact(limit), **details)


def alert(expression: Expression | str, *, name: str, **details: Unpack[Details]) -> OwnAlert:
    """Tell while an expression has a value: `alert("sum(rate(orders_total[10m])) == 0", name="NoOrders", summary=…)`.

    It needs a `summary`, and `examples` for its tests.
    """
    return _made(name, expression, None, None, **details)


def _made(
    name: str,
    expression: Expression | str,
    direction: Direction | None,
    limit: Decimal | None,
    *,
    for_: str = "5m",
    **details: Any,
) -> OwnAlert:
    return OwnAlert(name, written(expression), direction, limit, pending=for_, **details)


def _is_duration(value: object) -> bool:
    try:
        return isinstance(value, str) and duration.seconds(value) >= 0
    except ValueError:
        return False
