"""A worked example for an alert: series, and whether it fires on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from watchbill import duration
from watchbill.problem import Declared, Problem, is_a
from watchbill.promql import InvalidPromQL, parse


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
            if not (is_a(selector, str) and is_a(values, str) and _is_selector(selector)):
                yield self.problem(
                    f"{selector!r}: {values!r} is no series", 'give a selector and values, such as "0+60x20"'
                )
        if self.after and not _is_duration(self.after):
            yield self.problem(f"after={self.after!r} is no Prometheus duration", 'give one such as "20m"')


def fires(series: Mapping[str, str], *, labels: Mapping[str, str] | None = None, after: str = "") -> Example:
    """The alert fires on these series: `fires({"orders_total": "0+0x20"})`."""
    return Example(series, fires=True, labels=labels or {}, after=after)


def silent(series: Mapping[str, str], *, after: str = "") -> Example:
    """The alert stays silent on these series: `silent({"orders_total": "0+60x20"})`; `{}` is no series at all."""
    return Example(series, fires=False, after=after)


def _is_selector(text: str) -> bool:
    try:
        return type(parse(text)).__name__ == "VectorSelector"
    except InvalidPromQL:
        return False
    except ImportError:
        return True


def _is_duration(text: object) -> bool:
    try:
        return isinstance(text, str) and duration.seconds(text) > 0
    except ValueError:
        return False
