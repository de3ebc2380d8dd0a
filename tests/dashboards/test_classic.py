"""What leaves the room is clean under Grafana's own schemas and models."""

import json
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from jsonschema import Draft7Validator

from watchbill import InvalidDeclaration, Names, Service, Unit
from watchbill.catalogue.http import ROUTE
from watchbill_dashboards.classic import classic
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.explore import Sources
from watchbill_dashboards.overview import overview
from watchbill_dashboards.rendering import render
from watchbill_dashboards.row import Row
from watchbill_dashboards.stat import Stat
from watchbill_dashboards.steps import Level, Steps
from watchbill_dashboards.target import Target

Shop = Callable[..., Service]
Json = dict[str, Any]
core: Any = import_module("grafanalib.core")
"""grafanalib itself, which publishes no types."""

SCHEMAS = Path(__file__).parent / "grafana-schemas"


def schema(name: str) -> Json:
    loaded: Json = json.loads((SCHEMAS / f"{name}.jsonschema.json").read_text(encoding="utf-8"))
    return loaded


def complaints(wanted: Json, part: Json) -> Iterator[str]:
    validator: Any = Draft7Validator(wanted)
    for error in validator.iter_errors(part):
        yield f"{error.json_path}: {error.message}"


def definition(name: str, part: str) -> Json:
    return schema(name) | {"$ref": f"#/definitions/{part}"}


def errors(dashboard: Json) -> Iterator[str]:
    """Every error of the dashboard, its panels' options and fields, and its queries."""
    yield from complaints(schema("dashboard"), dashboard)
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        checks = [(definition(panel["type"], "Options"), panel["options"])]
        if panel["type"] != "stat":
            checks.append((definition(panel["type"], "FieldConfig"), panel["fieldConfig"]["defaults"]["custom"]))
        checks += [(schema("prometheus"), target) for target in panel["targets"]]
        for wanted, part in checks:
            yield from (f"{panel['title']} {complaint}" for complaint in complaints(wanted, part))


def without_added_defaults(loaded: Any, emitted: Any) -> Any:
    """What was loaded, without the keys that the model fills in by itself."""
    match loaded, emitted:
        case {}, {}:
            return {key: without_added_defaults(loaded[key], emitted[key]) for key in loaded if key in emitted}
        case [*_], [*_] if len(loaded) == len(emitted):
            return [without_added_defaults(one, other) for one, other in zip(loaded, emitted, strict=True)]
        case _:
            return loaded


def mixed(*panels: Any) -> Dashboard:
    """A dashboard with a panel of ours and panels of plain grafanalib."""
    ours = Stat(key="one", title="One", description="Ours.", targets=[Target(expression="up")], unit=Unit.COUNT)
    dashboard = Dashboard(title="Mixed", uid="mixed", description="Mixed.", layout=[Row("Ours", [ours])])
    dashboard.panels.extend(panels)
    return dashboard


@pytest.mark.parametrize("names", [Names.classic(), Names({ROUTE.name: "endpoint"})])
def test_the_overview_has_no_error_under_grafanas_schemas(shop: Shop, names: Names) -> None:
    for sources in (Sources(), Sources(traces="tempo", logs="loki")):
        assert list(errors(classic(overview(shop(names), sources)))) == []


def test_the_schemas_refuse_what_plain_grafanalib_writes() -> None:
    """The check can fail."""
    raw = json.loads(json.dumps(core.TimeSeries(title="Raw"), default=lambda part: part.to_json_data()))
    dashboard = classic(mixed())
    dashboard["panels"].append(raw)
    assert len(list(errors(dashboard))) > 3


def test_grafanas_own_model_loads_it_and_drops_nothing(shop: Shop) -> None:
    register_default_plugins()
    emitted = json.loads(render(overview(shop(), Sources(traces="tempo", logs="loki"))))
    with warnings.catch_warnings():
        # Grafana would rather have its v2 model used; file provisioning takes the Classic one everywhere.
        warnings.simplefilter("ignore", DeprecationWarning)
        from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard
    loaded = json.loads(json.dumps(GrafanaDashboard.from_json(emitted), cls=JSONEncoder))
    assert without_added_defaults(loaded, emitted) == emitted
    again = json.loads(json.dumps(GrafanaDashboard.from_json(loaded), cls=JSONEncoder))
    assert again == loaded


def test_plain_grafanalib_panels_come_out_clean() -> None:
    dashboard = mixed(
        core.TimeSeries(
            title="Lines",
            dataSource="prometheus",
            targets=[core.Target(expr="up", refId="A")],
            gridPos=core.GridPos(h=8, w=12, x=0, y=20),
            unit="s",
        ),
        core.Stat(title="Number", targets=[core.Target(expr="up", refId="A")], thresholds=""),
        core.Table(title="Rows", targets=[core.Target(expr="up", refId="A", instant=True)], displayMode="color-text"),
        core.RowPanel(title="Folded", id=7, collapsed=True, panels=[core.Stat(title="Inside")]),
    )
    dashboard.variables = [core.Template(name="job", query="label_values(up, job)", dataSource="prometheus")]
    clean = classic(dashboard)
    assert list(errors(clean)) == []
    assert clean["panels"][2]["targets"][0]["range"] is True
    assert clean["panels"][4]["targets"][0]["instant"] is True
    assert clean["panels"][4]["fieldConfig"]["defaults"]["custom"]["displayMode"] == "color-text"


def test_the_first_threshold_of_plain_grafanalib_is_no_text() -> None:
    thresholds = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.0)]
    clean = classic(mixed(core.Stat(title="Number", thresholds=thresholds)))
    steps = clean["panels"][-1]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps == [{"color": "green", "value": None}, {"color": "red", "value": 80}]


def test_panels_grafana_no_longer_draws_are_refused_all_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as raised:
        classic(mixed(core.Graph(title="Old lines"), core.SingleStat(title="Old number", dataSource=None)))
    assert raised.value.faults == (
        "panel 'Old lines' has the type 'graph', which is not drawn; use TimeSeries",
        "panel 'Old number' has the type 'singlestat', which is not drawn; use Stat",
    )


def test_numbers_carry_no_binary_noise() -> None:
    target = Target(expression="up")
    steps = Steps.ceiling(Level(0.1 + 0.2, "orange"), Level(2.0, "red"))
    noisy = Stat(key="n", title="N", description="Noise.", targets=[target], unit=Unit.COUNT, steps=steps)
    dashboard = Dashboard(title="Noise", uid="noise", description="Noise.", layout=[Row("Noise", [noisy])])
    text = render(dashboard)
    assert '"value": 0.3\n' in text
    assert '"value": 2\n' in text
