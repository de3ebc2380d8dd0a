"""Alerts and charts of a team's own: every mistake at once, at its line."""

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pager import Pager
from watchbill import Counter, Service, Team, Unit, above, alert, below, chart, fires, silent
from watchbill.chart import Chart
from watchbill.example import Example
from watchbill.expression import Raw, select, total
from watchbill.own_alert import OwnAlert

TEAM = Team("storefront", page=Pager(), ticket=Pager())
ORDERS = Counter(name="shop_orders_total", help="Orders placed.")
placed = total(select(ORDERS).rate("5m"))
HERE = Path(__file__)


def causes(own: OwnAlert | Chart | Example) -> list[str]:
    return [problem.cause for problem in own.problems()]


def test_a_limit_is_compared_exactly() -> None:
    assert above(placed, 0.1, name="A").condition.promql() == "sum(rate(shop_orders_total[5m])) > 0.1"
    assert below(placed, "0.30", name="A").condition.promql() == "sum(rate(shop_orders_total[5m])) < 0.3"
    assert alert("up == 0", name="A", summary="Down.").condition.promql() == "up == 0"


def test_text_is_raw_promql() -> None:
    own = above("shop_orders_total + 1", 5, name="A")

    assert isinstance(own.expression, Raw)
    assert own.condition.promql() == "(shop_orders_total + 1) > 5"


def test_sound_ones_have_no_problem() -> None:
    own = [
        above(placed, 0.1, name="OrdersFail"),
        above(placed, 0.5, name="OrdersFail", severity="critical"),
        alert("up == 0", name="Down", summary="Down.", examples=[fires({'up{job="x"}': "0x20"}), silent({})]),
    ]
    charts = [chart("Orders", placed, help="Orders placed.")]

    assert list(Service("shop", team=TEAM, metrics=[ORDERS], alerts=own, charts=charts).problems()) == []


def test_every_mistake_is_found_at_once_each_at_its_own_line() -> None:
    wrong: Any = "loud"
    unexplained: Any = {"raw-counter": None}
    service = Service(
        "shop",
        team=TEAM,
        alerts=[
            above(placed, "much", name="A"),  # limit
            alert("sum(", name="B", summary="B."),  # syntax
            alert("up", name="C"),  # summary
            below(placed, 1, name="D", for_="soon"),  # duration
            below(placed, 1, name="E", severity=wrong),  # severity
            below(placed, 1, name="F F"),  # name
            above(placed, 1, name="G", runbook="## Impakt\nNone."),  # runbook
            above(placed, 1, name="H"),
            above(placed, 2, name="H"),  # twice
            alert("up", name="I", summary="I.", examples=[fires({"sum(up)": "1"})]),  # example
            above(placed, 1, name="J", suppressed=wrong),  # suppressed
        ],
        charts=[
            chart("Orders", placed, help=" "),  # help
            chart("Sums", "sum(", help="Sums."),  # chart
            chart("ORDERS!", placed, help="The same key."),  # key
            chart("None", {}, help="Nothing."),  # empty
            chart("Reasons", placed, help="Orders.", suppressed=unexplained),  # reasons
        ],
    )
    problems = list(service.problems())
    lines = HERE.read_text().splitlines()

    assert [lines[problem.place.line - 1].rpartition("# ")[2] for problem in problems] == [
        "limit", "syntax", "summary", "duration", "severity", "name", "runbook", "twice", "example",
        "suppressed", "help", "chart", "key", "empty", "reasons",
    ]  # fmt: skip
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("runbook", "cause"),
    [
        ("Call Anna.", "it has no headings"),
        ("## Impact\n\n## Mitigation\nWait.", "its section 'Impact' is empty"),
        ("## First checks\nLook.", "its first checks are no numbered list"),
        (lambda: None, "<lambda> has no docstring"),
        (7, "runbook=7 is no text"),
    ],
)
def test_a_runbook_that_makes_no_page_is_told(runbook: Any, cause: str) -> None:
    (found,) = causes(above(placed, 1, name="A", runbook=runbook))

    assert cause in found


def test_an_example_is_series_and_values() -> None:
    wrong: Any = ["up"]

    assert causes(fires({"up": "1x20"}, after="20m")) == []
    assert causes(fires(wrong)) == ["series=['up'] is no mapping"]
    assert causes(silent({"up": "1x20"}, after="later")) == ["after='later' is no Prometheus duration"]
    assert causes(silent({"rate(up[5m])": "1x20"})) == ["'rate(up[5m])': '1x20' is no series"]


@pytest.mark.parametrize(
    "selector", ['up{job=~"a.*"}', 'up{job!="a"}', '{job="a"}', "up offset 5m", "up @ 60", "up[5m]", ""]
)
def test_what_is_not_one_series_makes_no_example(selector: str) -> None:
    assert causes(fires({selector: "1x20"})) == [f"{selector!r}: '1x20' is no series"]


@pytest.mark.parametrize("values", ["0+60x20", "1 2 _ 4", "-5-0.5x9", "_x3 1e3x2 stale", "NaN", "-Inf .5"])
def test_values_are_in_promtools_notation(values: str) -> None:
    assert causes(fires({'up{job="a"}': values, '{__name__="up"}': values})) == []


@pytest.mark.parametrize("values", ["", "many", "0+60", "0+60x", "1, 2", "x5", "1x2x3"])
def test_values_that_promtool_does_not_read_are_told(values: str) -> None:
    assert causes(fires({"up": values})) == [f"'up': {values!r} is no series"]


@pytest.mark.parametrize("name", ["Watchdog", "TargetDown", "HighErrorRatio", "ErrorBudgetBurnFast"])
def test_a_name_of_watchbills_own_is_taken(name: str) -> None:
    assert causes(above(placed, 1, name=name)) == [f"{name!r} is an alert of Watchbill's own"]


def test_alerts_that_cannot_share_a_panel_are_told() -> None:
    service = Service(
        "shop",
        team=TEAM,
        alerts=[
            above(placed, 1, name="OrdersFail"),
            above(placed, 5, name="OrdersFail", severity="critical"),
            above(placed, 1, name="Ordersfail"),
            below(placed, 0.1, name="OrdersFail", severity="info"),
            alert("up == 0", name="Down", summary="Down."),
            above(placed, 9, name="Down", severity="info"),
        ],
    )
    found = [problem.cause for problem in service.problems()]

    assert found == [
        "'Ordersfail' differs from 'OrdersFail' in its spelling alone",
        f"alert 'OrdersFail' fires below a limit, and at {service.alerts[0].place} above one",
    ]


def test_a_chart_has_several_lines_and_the_unit_of_its_first() -> None:
    found = chart("Orders", {"placed": placed, "all": "shop_orders_total"}, help="Orders.", unit=Unit.COUNT)

    assert list(found.lines) == ["placed", "all"]
    assert found.lines["all"].promql() == "shop_orders_total"
    assert found.key == "chart-orders"
