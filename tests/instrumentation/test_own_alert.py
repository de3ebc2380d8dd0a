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
        ],
        charts=[
            chart("Orders", placed, help=" "),  # help
            chart("Sums", "sum(", help="Sums."),  # chart
            chart("ORDERS!", placed, help="The same key."),  # key
            chart("None", {}, help="Nothing."),  # empty
        ],
    )
    problems = list(service.problems())
    lines = HERE.read_text().splitlines()

    assert [lines[problem.place.line - 1].rpartition("# ")[2] for problem in problems] == [
        "limit", "syntax", "summary", "duration", "severity", "name", "runbook", "twice", "example",
        "help", "chart", "key", "empty",
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


def test_a_chart_has_several_lines_and_the_unit_of_its_first() -> None:
    found = chart("Orders", {"placed": placed, "all": "shop_orders_total"}, help="Orders.", unit=Unit.COUNT)

    assert list(found.lines) == ["placed", "all"]
    assert found.lines["all"].promql() == "shop_orders_total"
    assert found.key == "chart-orders"
