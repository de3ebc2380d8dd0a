"""Panels and queries in the house style."""

import pytest

from watchbill import InvalidDeclaration, Names, Unit
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill.expression import Quantile, select, total
from watchbill.links import panel_id
from watchbill_dashboards.classic import classic
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.row import Row
from watchbill_dashboards.stat import Stat
from watchbill_dashboards.table import Column, Table
from watchbill_dashboards.target import Target
from watchbill_dashboards.timeseries import TimeSeries


def shown(panel: Panel) -> dict[str, object]:
    dashboard = Dashboard(title="D", uid="d", description="D.", layout=[Row("R", [panel])])
    found: dict[str, object] = classic(dashboard)["panels"][1]
    return found


def test_the_unit_is_that_of_the_first_expression() -> None:
    target = Target(expression=Quantile(0.95, select(HTTP_REQUEST_DURATION), "5m"))
    panel = TimeSeries(key="p95", title="p95", description="How long it takes.", targets=[target])
    assert shown(panel)["fieldConfig"]["defaults"]["unit"] == "s"  # type: ignore[index]  # JSON


def test_everything_a_panel_lacks_is_told_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as raised:
        Stat(key="lost", title=" ", description="", targets=[Target(expression="up")])
    assert raised.value.faults == (
        "give a title that a person understands",
        "give a description: what it shows, and what to make of it",
        "its unit is unknown, because its first query is text: give unit=Unit.…",
    )


def test_a_panel_without_queries_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="it has 0 queries"):
        Stat(key="none", title="None", description="Nothing.", targets=[])


def test_a_target_is_written_in_the_names_of_a_profile() -> None:
    names = Names({ROUTE.name: "endpoint"})
    target = Target(expression=total(select(HTTP_REQUESTS).rate("5m"), ROUTE), names=names, legend=ROUTE)
    assert target.expr == f"sum by (endpoint) (rate({HTTP_REQUESTS.name}[5m]))"
    assert target.to_json_data()["legendFormat"] == "{{endpoint}}"


def test_text_stands_as_written() -> None:
    assert Target(expression="vector(1)", legend="one").to_json_data()["expr"] == "vector(1)"


def test_queries_get_letters_and_the_panel_an_id_from_its_key() -> None:
    targets = [Target(expression="vector(1)"), Target(expression="vector(2)")]
    panel = Stat(key="two", title="Two", description="Two numbers.", targets=targets, unit=Unit.COUNT)
    assert [target.refId for target in panel.targets] == ["A", "B"]
    assert shown(panel)["id"] == panel_id("two")


def test_a_stat_of_several_queries_names_each() -> None:
    targets = [Target(expression="vector(1)", legend="a"), Target(expression="vector(2)", legend="b")]
    panel = Stat(key="two", title="Two", description="Two numbers.", targets=targets, unit=Unit.COUNT)
    assert panel.options()["textMode"] == "value_and_name"


def test_a_table_of_one_query_renames_the_plain_value_column() -> None:
    column = Column(
        title="Rate", target=Target(expression=total(select(HTTP_REQUESTS).rate("5m"), ROUTE), mode="table")
    )
    table = Table(key="t", title="T", description="Rates.", by=ROUTE, titled="Route", columns=[column])
    assert '"Value": "Rate"' in str(shown(table)["transformations"]).replace("'", '"')
