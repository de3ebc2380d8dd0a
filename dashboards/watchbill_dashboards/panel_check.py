"""Does every panel show data? Each query is asked of a real Prometheus, as Grafana would ask it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from time import time
from typing import Any, Literal

import httpx

from watchbill import duration
from watchbill_dashboards.api import Api, Refused
from watchbill_dashboards.substitution import Pattern, UnknownVariable, substituted
from watchbill_dashboards.values import chosen

State = Literal["data", "empty", "error"]
Json = Mapping[str, Any]

_POINTS = 100
_WORST: Sequence[State] = ("error", "empty", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """What one query gave; `expr` is the query as it was asked, `reason` why it is not `data`."""

    ref: str
    expr: str
    state: State
    reason: str = ""
    series: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelResult:
    """What a panel's queries gave. It is as good as its worst query."""

    dashboard: str
    panel: str
    id: int
    targets: tuple[TargetResult, ...]

    @property
    def state(self) -> State:
        """The state of its worst query."""
        return next(state for state in _WORST if state in {target.state for target in self.targets})

    @property
    def reason(self) -> str:
        """Why it is not `data`: every query that is not, by its letter."""
        return "; ".join(f"{one.ref}: {one.reason}" for one in self.targets if one.state != "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time asked about, in Unix seconds, and how often the targets are scraped."""

    end: float = field(default_factory=time)
    length: float = 300
    scrape_interval: float = 15

    @property
    def step(self) -> float:
        """The distance of points; never under a second."""
        return max(1.0, self.scrape_interval, self.length / _POINTS)

    def variables(self) -> dict[str, str | Pattern]:
        """Grafana's built-in variables over this span."""
        rate = max(self.step + self.scrape_interval, 4 * self.scrape_interval)
        return {
            "__interval": duration.text(self.step),
            "__rate_interval": duration.text(rate),
            "__range": duration.text(self.length),
        }


def check_dashboards(
    dashboards: Iterable[Json], prometheus: str, client: httpx.Client, span: Span | None = None
) -> list[PanelResult]:
    """The state of every panel of some dashboards; `prometheus` is its base address. Raises nothing of the server's."""
    asked = span or Span()
    return [result for one in dashboards for result in check_dashboard(one, prometheus, client, asked)]


def check_dashboard(
    dashboard: Json, prometheus: str, client: httpx.Client, span: Span | None = None
) -> list[PanelResult]:
    """The state of every panel of a dashboard's JSON, with its variables at their defaults."""
    asked = span or Span()
    api = Api(prometheus, client)
    try:
        variables = asked.variables() | chosen(dashboard, api)
    except (Refused, UnknownVariable) as error:
        return [_result(dashboard, panel, _all_failed(panel, str(error))) for panel in _panels(dashboard)]
    return [
        _result(dashboard, panel, [_asked(target, variables, api, asked) for target in panel["targets"]])
        for panel in _panels(dashboard)
    ]


def _panels(dashboard: Json) -> Iterator[Json]:
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from _panels(panel)
        elif panel.get("targets"):
            yield panel


def _result(dashboard: Json, panel: Json, targets: Sequence[TargetResult]) -> PanelResult:
    return PanelResult(dashboard=dashboard["uid"], panel=panel["title"], id=panel.get("id", 0), targets=tuple(targets))


def _all_failed(panel: Json, reason: str) -> list[TargetResult]:
    return [
        TargetResult(ref=target["refId"], expr=target["expr"], state="error", reason=reason)
        for target in panel["targets"]
    ]


def _asked(target: Json, variables: Mapping[str, str | Pattern], api: Api, span: Span) -> TargetResult:
    ref, expr = target["refId"], target["expr"]
    try:
        expr = substituted(expr, variables)
        if target.get("instant"):
            found = api.instant(expr, span.end)
        else:
            found = api.over(expr, span.end, span.length, span.step)
    except (Refused, UnknownVariable) as error:
        return TargetResult(ref=ref, expr=expr, state="error", reason=str(error))
    if not found:
        return TargetResult(ref=ref, expr=expr, state="empty", reason="no series")
    if all(isnan(value) for series in found for value in series):
        return TargetResult(ref=ref, expr=expr, state="empty", reason="only NaN", series=len(found))
    return TargetResult(ref=ref, expr=expr, state="data", series=len(found))
