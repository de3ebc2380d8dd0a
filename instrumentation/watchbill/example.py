"""A worked example for an alert: series, and whether it fires on them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchbill import duration
from watchbill.problem import Declared, Problem, is_a
from watchbill.promql import InvalidPromQL, parse

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_VALUE = re.compile(rf"_(?:x\d+)?|stale|[-+]?(?:inf|nan|{_NUMBER}(?:(?:[-+]{_NUMBER})?x\d+)?)", re.IGNORECASE)
"""A word of promtool's notation; a histogram is none."""


@dataclass(frozen=True)
class Example(Declared):
    """A test of an alert, in promtool's notation with one sample a minute: values by selector, in catalogue names.

    When it `fires`, the alert carries `labels` beside those that every alert of its service has. `after` is when it is
    asked, from the first sample; by default 6 minutes and the alert's `for`.
    """

    series: Mapping[str, str]
    fires: bool = field(kw_only=True)
    labels: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    after: str = field(default="", kw_only=True)

    def problems(self) -> Iterator[Problem]:
        if not is_a(self.series, Mapping):
            yield self.problem(f"series={self.series!r} is no mapping", 'give {"orders_total": "0+60x20"} or the like')
            return
        for selector, values in self.series.items():
            if not (is_a(selector, str) and is_a(values, str) and _is_series(selector) and _are_values(values)):
                yield self.problem(
                    f"{selector!r}: {values!r} is no series",
                    'give a name with labels that are equal to something, and values such as "0+60x20"',
                )
        if self.after and not _is_duration(self.after):
            yield self.problem(f"after={self.after!r} is no Prometheus duration", 'give one such as "20m"')


def fires(series: Mapping[str, str], *, labels: Mapping[str, str] | None = None, after: str = "") -> Example:
    """The alert fires on these series: `fires({"orders_total": "0+0x20"})`."""
    return Example(series, fires=True, labels=labels or {}, after=after)


def silent(series: Mapping[str, str], *, after: str = "") -> Example:
    """The alert stays silent on these series: `silent({"orders_total": "0+60x20"})`; `{}` is no series at all."""
    return Example(series, fires=False, after=after)


def _is_series(text: str) -> bool:
    """Whether a selector can be but one series; said of any text where promql-parser is not installed."""
    try:
        tree: Any = parse(text)
    except InvalidPromQL:
        return False
    except ImportError:
        return True
    if type(tree).__name__ != "VectorSelector" or tree.offset is not None or tree.at is not None:
        return False
    matchers = tree.matchers.matchers
    is_named = bool(tree.name) or any(one.name == "__name__" for one in matchers)
    return is_named and all(str(one.op) == "MatchOp.Equal" for one in matchers) and not tree.matchers.or_matchers


def _are_values(text: str) -> bool:
    return bool(text.strip()) and all(_VALUE.fullmatch(word) for word in text.split())


def _is_duration(text: object) -> bool:
    try:
        return isinstance(text, str) and duration.seconds(text) > 0
    except ValueError:
        return False
