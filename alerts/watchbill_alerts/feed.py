"""Series that give an expression a value beyond a limit, or within it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

from watchbill import duration
from watchbill.catalogue import FROM_OTHERS, LE, SERVICE, Label, Matcher, Metric, Recorded
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE
from watchbill.catalogue.watching import UP
from watchbill.expression import Aggregate, Binary, Expression, HistogramSelector, Quantile, Scalar, Selector
from watchbill.expression.node import number_text
from watchbill.expression.selector import Ranged
from watchbill.objective import exact
from watchbill.service import Service
from watchbill_alerts.traffic import target_of
from watchbill_alerts.trial import SETTLE, STEP, Series, Values

_LONGEST = 86_400
_SHORTEST = 2 * STEP
_WHOLE = Decimal(1000)
_TIMED = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE)
_GROWTH = {"rate": Decimal(STEP), "increase": Decimal(STEP)}
_LEVELS = {"avg_over_time", "max_over_time", "min_over_time"}


@dataclass(frozen=True, slots=True)
class Fed:
    """Series of a test, the labels that the result carries, and how many steps it takes until it is right."""

    series: tuple[Series, ...]
    carries: Mapping[Label, str]
    settle: int = SETTLE


def fed(expression: Expression, limit: Decimal, service: Service, *, above: bool, beyond: bool) -> Fed | None:
    """Series that put a value a quarter beyond a limit, which it is to be above or below, or a quarter within it.

    None where nothing is known to do so.
    """
    upwards = above == beyond
    if isinstance(expression, Quantile):
        return _Feed(service).quantile(expression, limit, upwards=upwards)
    # Nothing is a quarter of 0; and on the limit, a value is within it.
    margin = abs(limit) / 4 or Decimal(beyond)
    value = limit + margin if upwards else limit - margin
    if upwards and 0 < limit < 1 < value:
        value = (1 + limit) / 2
    return _Feed(service).of(expression, value)


@dataclass(frozen=True, slots=True)
class _Feed:
    service: Service

    def of(self, expression: Expression, value: Decimal) -> Fed | None:
        """Series that give the expression this value."""
        match expression:
            case Aggregate(operation="sum" | "max" | "min" | "avg", inner=inner, by=by):
                found = self.of(inner, value)
                return None if found is None else replace(found, carries=_kept(found.carries, by))
            case Ranged():
                return self._ranged(expression, value)
            case Selector(suffix=""):
                labels = self.labels(expression)
                return None if labels is None else Fed((Series(expression.metric, labels, _level(value)),), labels)
            case Binary():
                return self._binary(expression, value)
            case _:
                return None

    def _ranged(self, ranged: Ranged, value: Decimal) -> Fed | None:
        window, labels = _seconds(ranged.window), self.labels(ranged.selector)
        if labels is None or not _SHORTEST <= window <= _LONGEST:
            return None
        if ranged.function in _LEVELS:
            values = _level(value)
        elif ranged.function not in _GROWTH or value < 0:
            return None
        else:
            per_second = value if ranged.function == "rate" else value / exact(window)
            values = _growing(per_second * STEP)
        series = Series(ranged.selector.metric, labels, values, ranged.selector.suffix)
        return Fed((series,), labels, _settled(window))

    def _binary(self, binary: Binary, value: Decimal) -> Fed | None:
        left, right = binary.left, binary.right
        if binary.on is not None:
            return None
        if isinstance(right, Scalar):
            return self.of(left, inverse) if (inverse := _inverse(binary.operator, right, value)) is not None else None
        if isinstance(left, Scalar):
            return self.of(right, exact(str(left.value)) - value) if binary.operator == "-" else None
        if binary.operator == "/":
            return self._quotient(_without_zero(left), _without_guard(right), value)
        return None

    def _quotient(self, part: Expression, whole: Expression, value: Decimal) -> Fed | None:
        if value < 0:
            return None
        if _names(part) & _names(whole):
            return self._share(part, whole, value)
        top, bottom = self.of(part, value * _WHOLE), self.of(whole, _WHOLE)
        if top is None or bottom is None or top.carries != bottom.carries:
            return None
        return Fed((*top.series, *bottom.series), top.carries, max(top.settle, bottom.settle))

    def _share(self, part: Expression, whole: Expression, value: Decimal) -> Fed | None:
        """Of one metric: those that count for the part, and the rest, which differ in one label."""
        if not (isinstance(part, Aggregate) and isinstance(whole, Aggregate)) or value > 1:
            return None
        if (part.operation, whole.operation) != ("sum", "sum") or set(part.by) != set(whole.by):
            return None
        counted, rest = self.of(part, value * _WHOLE), self.of(whole, (1 - value) * _WHOLE)
        if counted is None or rest is None or len(counted.series) != 1 or len(rest.series) != 1:
            return None
        labels = _outside(counted.series[0].labels, _matchers(part), _matchers(whole), set(part.by))
        if labels is None or not _meet(counted.series[0].labels, _matchers(whole)):
            return None
        others = replace(rest.series[0], labels=labels)
        return Fed((*counted.series, others), counted.carries, max(counted.settle, rest.settle))

    def quantile(self, quantile: Quantile, limit: Decimal, *, upwards: bool) -> Fed | None:
        """All observations in a bucket that ends below the limit, or in one that begins there or above."""
        histogram, window = quantile.histogram, _seconds(quantile.window)
        bounds = self.service.latency_buckets if histogram.metric in _TIMED else histogram.metric.buckets
        labels = self.labels(histogram)
        within = [bound for bound in bounds if exact(bound) < limit]
        beyond = [bound for bound in bounds if exact(bound) > limit]
        if labels is None or not within or not beyond or not _SHORTEST <= window <= _LONGEST:
            return None
        # Beyond the last bound the quantile is the last bound.
        filled = float("inf") if upwards else within[-1]
        series = tuple(
            Series(
                histogram.metric,
                {**labels, LE: bound_text(bound)},
                _growing(_WHOLE * STEP if bound >= filled else Decimal(0)),
                "_bucket",
            )
            for bound in (*bounds, float("inf"))
        )
        return Fed(series, _kept(labels, quantile.by), _settled(window))

    def labels(self, selector: Selector | HistogramSelector) -> dict[Label, str] | None:
        """Labels of a series that a selector selects; None where none can be made up."""
        found = _base(selector.metric, self.service)
        for label in (*selector.metric.labels, *(matcher.label for matcher in selector.matchers)):
            value = _value(label, selector.matchers, found.get(label))
            if value is None:
                return None
            found[label] = value
        return found


def _base(metric: Metric, service: Service) -> dict[Label, str]:
    if isinstance(metric, Recorded):
        return {SERVICE: service.name} if SERVICE in metric.labels else {}
    return {} if metric.name in FROM_OTHERS and metric != UP else target_of(service)


def _value(label: Label, matchers: Sequence[Matcher], given: str | None) -> str | None:
    """A value of a label that meets every condition on it."""
    about = [matcher for matcher in matchers if matcher.label == label]
    written = [part for matcher in about for part in _literals(matcher.value)]
    candidates = [*([given] if given else []), *written, *label.values, "some", "other"]
    return next((value for value in candidates if all(_meets(value, matcher) for matcher in about)), None)


def _literals(pattern: str) -> list[str]:
    """Texts that a simple pattern matches: `5..` is met by `500`."""
    return [pattern, *(re.sub(r"\.[*+]?", "0", choice) for choice in pattern.strip("()").split("|"))]


def _meets(value: str, matcher: Matcher) -> bool:
    if matcher.operator in {"=", "!="}:
        return (value == matcher.value) == (matcher.operator == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.operator == "=~")
    except re.error:
        return False


def _meet(labels: Mapping[Label, str], matchers: Sequence[Matcher]) -> bool:
    return all(_meets(labels.get(matcher.label, ""), matcher) for matcher in matchers)


def _outside(
    labels: Mapping[Label, str], part: Sequence[Matcher], whole: Sequence[Matcher], kept: set[Label]
) -> dict[Label, str] | None:
    """The same labels but for one, so that they count for the whole and not for the part."""
    for matcher in part:
        if matcher.label in kept or matcher in whole:
            continue
        also = [one for one in whole if one.label == matcher.label]
        for value in (*matcher.label.values, "200", "some", "other"):
            if not _meets(value, matcher) and all(_meets(value, one) for one in also):
                return {**labels, matcher.label: value}
    return None


def _matchers(expression: Expression) -> tuple[Matcher, ...]:
    inner = expression.inner if isinstance(expression, Aggregate) else expression
    selector = inner.selector if isinstance(inner, Ranged) else inner
    return selector.matchers if isinstance(selector, Selector) else ()


def _names(expression: Expression) -> frozenset[str]:
    inner = expression.inner if isinstance(expression, Aggregate) else expression
    selector = inner.selector if isinstance(inner, Ranged) else inner
    return frozenset({selector.metric.name + selector.suffix} if isinstance(selector, Selector) else ())


def _without_guard(whole: Expression) -> Expression:
    """`whole > 0` without its condition, where what the whole is fed with meets it."""
    if not (isinstance(whole, Binary) and whole.operator == ">" and isinstance(whole.right, Scalar)):
        return whole
    return whole.left if exact(str(whole.right.value)) < _WHOLE else whole


def _without_zero(part: Expression) -> Expression:
    """`part or whole * 0` without the zero."""
    return part.left if isinstance(part, Binary) and part.operator == "or" else part


def _inverse(operator: str, right: Scalar, value: Decimal) -> Decimal | None:
    """What the left side must be."""
    number = exact(str(right.value))
    if operator == "+":
        return value - number
    if operator == "-":
        return value + number
    if operator == "*" and number > 0:
        return value / number
    return value * number if operator == "/" and number > 0 else None


def _kept(labels: Mapping[Label, str], by: Sequence[Label]) -> dict[Label, str]:
    return {label: labels[label] for label in by if label in labels}


def _settled(window: float) -> int:
    return max(SETTLE, ceil(window / STEP) + 1)


def _seconds(window: str) -> float:
    try:
        return duration.seconds(window)
    except ValueError:
        return 0


def _level(value: Decimal) -> Values:
    return lambda steps: f"{number_text(value)}+0x{steps}"


def _growing(by: Decimal) -> Values:
    # An endless decimal, such as that of an increase in 7 minutes, says nothing in its 28th digit.
    return lambda steps: f"0+{number_text(round(by, 9))}x{steps}"
