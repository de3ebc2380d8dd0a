"""What the service is there for: a team's own metrics, the limits on them, and its own charts."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from watchbill import panel_key
from watchbill.catalogue import INSTANCE, Counter, Gauge, Histogram, Label, Metric, Unit
from watchbill.chart import Chart
from watchbill.expression import Aggregate, Expression, Quantile, Raw, total
from watchbill.expression.scoping import scoped
from watchbill.own_alert import OwnAlert
from watchbill_dashboards.limits import percentile_text
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.row import Row
from watchbill_dashboards.scope import DRAWN, Scope
from watchbill_dashboards.steps import Colour, Level, Steps
from watchbill_dashboards.target import Target
from watchbill_dashboards.timeseries import TimeSeries
from watchbill_dashboards.top import LEGEND_LIMIT, Top

_PERCENTILES = (Decimal(50), Decimal(95))
_COLOURS: dict[str, Colour] = {"critical": "red", "warning": "orange", "info": "blue"}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
# Of several processes these do not add up.
_SHARED = frozenset({Unit.RATIO, Unit.TIMESTAMP, Unit.BOOLEAN})


def business(scope: Scope) -> Row:
    """Empty where a service declares nothing of its own."""
    service = scope.service
    limited: dict[str, list[OwnAlert]] = {}
    for alert in service.alerts:
        if alert.limit is not None and alert.chart is None:
            limited.setdefault(panel_key.of_limit(alert), []).append(alert)
    panels = [panel for metric in service.metrics for panel in _of_metric(scope, metric)]
    panels += [_of_limits(scope.whole, key, alerts) for key, alerts in limited.items()]
    panels += [_of_chart(scope, chart) for chart in service.charts]
    return Row("Business", panels)


def _of_metric(scope: Scope, metric: Metric) -> Iterator[Panel]:
    by = _by(metric)
    match metric:
        case Counter():
            rate = total(scope.counter(metric).rate(DRAWN), *by)
            yield _drawn(scope, metric, " per second", "How many per second", rate, by)
        case Gauge():
            adds_up = not (metric.latest or metric.highest or metric.unit in _SHARED)
            value = Aggregate("sum" if adds_up else "max", scope.gauge(metric), by or (INSTANCE,))
            how = "All processes together" if adds_up else "The highest of all processes"
            yield _drawn(scope, metric, "", how if by else "Each process alone", value, by or (INSTANCE,))
        case Histogram():
            yield _values(scope, metric)
            rate = total(scope.histogram(metric).count.rate(DRAWN), *by)
            yield _drawn(scope, metric, " observed per second", "How many values per second", rate, by)
        case _:
            return


def _drawn(
    scope: Scope, metric: Metric, what: str, how: str, expression: Expression, by: Sequence[Label]
) -> TimeSeries:
    spelled = f" by {by[0].name}" if by else ""
    key = panel_key.of_rate(metric) if isinstance(metric, Histogram) else panel_key.of_metric(metric)
    most = f" The {LEGEND_LIMIT} largest are drawn." if by and by[0].limit > LEGEND_LIMIT else ""
    return TimeSeries(
        key=key,
        title=f"{_title(scope, metric)}{what}{spelled}",
        description=f"{metric.help} {how}{spelled}.{most}",
        targets=[scope.target(_bounded(expression, by), by[0] if by else _title(scope, metric))],
        declared=metric.place,
        minimum=None if isinstance(metric, Gauge) else 0,
    )


def _values(scope: Scope, metric: Histogram) -> TimeSeries:
    drawn = scope.histogram(metric)
    return TimeSeries(
        key=panel_key.of_metric(metric),
        title=_title(scope, metric),
        description=f"{metric.help} Half of the values, and 95 % of them, are below the lines.",
        targets=[
            scope.target(Quantile(one / 100, drawn, DRAWN), percentile_text(one), exemplar=one == _PERCENTILES[-1])
            for one in _PERCENTILES
        ],
        declared=metric.place,
        minimum=None if metric.buckets[0] < 0 else 0,
    )


def _of_limits(scope: Scope, key: str, alerts: Sequence[OwnAlert]) -> TimeSeries:
    """The value of alerts that share a name, with the limit of each."""
    # What is suppressed on an alert is on its panel too.
    first = next((alert for alert in alerts if alert.suppressed), alerts[0])
    return TimeSeries(
        key=key,
        title=_sentence(first.alert_name),
        description=f"{first.summary or 'What an alert of the team is about.'} Dashed: where {first.alert_name} fires.",
        targets=_valued(scope, alerts),
        unit=first.shown_unit,
        steps=_steps(alerts),
        declared=first.place,
        suppressed=first.suppressed,
        minimum=None,
    )


def _valued(scope: Scope, alerts: Sequence[OwnAlert]) -> list[Target]:
    """What the alerts compare with their limits, each expression once; several are told apart by their severities."""
    severities: dict[str, list[str]] = {}
    for alert in alerts:
        severities.setdefault(alert.expression.promql(), []).append(alert.severity)
    found = {alert.expression.promql(): alert.expression for alert in alerts}
    several = len(found) > 1
    return [_line(scope, one, ", ".join(severities[text]) if several else "") for text, one in found.items()]


def _of_chart(scope: Scope, chart: Chart) -> TimeSeries:
    first = next(iter(chart.lines.values()))
    return TimeSeries(
        key=chart.key,
        title=chart.title,
        description=chart.help,
        targets=[_line(scope, line, chart.by if chart.by and not name else name) for name, line in chart.lines.items()],
        unit=chart.unit or first.unit,
        many=chart.by is not None and chart.by.limit > LEGEND_LIMIT,
        declared=chart.place,
        suppressed=chart.suppressed,
        minimum=None,
    )


def _line(scope: Scope, expression: Expression, legend: Label | str = "") -> Target:
    """An expression of the team's, over the series that the reader chose."""
    here = scoped(expression, *scope.matchers, among=scope.service.metrics)
    carried = [] if isinstance(here, Raw) else sorted(here.labels, key=lambda label: label.name)
    if not legend:
        legend = carried[0] if len(carried) == 1 else "" if carried or isinstance(here, Raw) else "value"
    return scope.target(_bounded(here, carried), legend)


def _bounded(expression: Expression, by: Sequence[Label]) -> Expression:
    """At most as many lines as a person can tell apart."""
    most = 1
    for label in by:
        most *= label.limit
    return Top(expression) if most > LEGEND_LIMIT else expression


def _steps(alerts: Sequence[OwnAlert]) -> Steps:
    limits: list[tuple[Decimal, Colour]] = sorted(
        (alert.limit or Decimal(0), _COLOURS[alert.severity]) for alert in alerts
    )
    if alerts[0].direction == "above":
        return Steps.ceiling(*(Level(limit, colour) for limit, colour in limits))
    upwards: list[Colour] = [*(colour for _, colour in limits[1:]), "green"]
    return Steps(limits[0][1], tuple(Level(limit, then) for (limit, _), then in zip(limits, upwards, strict=True)))


def _by(metric: Metric) -> tuple[Label, ...]:
    """The first label whose values a person can tell apart, or the first there is."""
    few = [label for label in metric.labels if label.limit <= LEGEND_LIMIT]
    return tuple((few or list(metric.labels))[:1])


def _title(scope: Scope, metric: Metric) -> str:
    """A metric's name as words, without the service's and without what says its kind or a unit that is drawn."""
    name = metric.name.removesuffix("_total").removeprefix(f"{scope.service.name.replace('-', '_')}_")
    if metric.unit.value:
        name = name.removesuffix(f"_{metric.unit.value}")
    return _sentence(name or metric.name)


def _sentence(name: str) -> str:
    first, *rest = (word for word in _WORD.split(name) if word)
    return " ".join((first[:1].upper() + first[1:], *(word.lower() for word in rest)))
