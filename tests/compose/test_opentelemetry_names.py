"""A stack whose services all use OpenTelemetry's names: nothing generated says a word of the classic ones."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from tests.plugins.application import client
from watchbill import Names, Observability
from watchbill.catalogue import FROM_OTHERS, METRICS, Recorded
from watchbill.catalogue.http import ROUTE, STATUS
from watchbill.catalogue.label import LE, TARGET_LABELS
from watchbill.catalogue.semantic_conventions import LABELS
from watchbill.expression.token import tokens
from watchbill.profile import Profile
from watchbill.promql import metric_names
from watchbill.testing import Exposition
from watchbill_reference.stack import shop, stack
from watchbill_stack import Stack, output
from watchbill_stack.build import render

_NAMES = Names.opentelemetry()
_CLASSIC_SERIES = {one for metric in METRICS.values() if _NAMES.metric(metric) != metric.name for one in metric.series}
_CLASSIC_LABELS = {label.name for label in LABELS} - {
    label.name for metric in METRICS.values() if metric.name in FROM_OTHERS for label in metric.labels
}
_EVERYWHERE = {label.name for label in (*TARGET_LABELS, LE)}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything the reference stack renders to under these names."""
    folder = tmp_path_factory.mktemp("rendered")
    services = [replace(service, names=_NAMES) for service in stack.services]
    renamed = Stack(*services, dashboards="https://g.example.com", runbooks="https://r.example.com")
    output.write(render(renamed, Profile.production()), folder)
    return folder


def _files(folder: Path, room: str) -> list[Path]:
    found = sorted(path for path in (folder / room).rglob("*") if path.is_file())
    assert found, room
    return found


def _rules(folder: Path) -> Iterator[dict[str, Any]]:
    for path in _files(folder, "alerts/rendered/rules"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def _expressions(folder: Path) -> Iterator[str]:
    yield from (rule["expr"] for rule in _rules(folder))
    for path in _files(folder, "alerts/rendered/runbooks"):
        yield from re.findall(r"```promql\n(.*?)```", path.read_text(), re.DOTALL)
    for path in _files(folder, "alerts/rendered/tests"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            yield from (one["series"] for one in test["input_series"])
    for path in (folder / "dashboards/rendered").glob("*.json"):
        dashboard = json.loads(path.read_text())
        yield from (target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))
        yield from (one["expr"] for one in dashboard["annotations"]["list"] if "expr" in one)


@pytest.mark.parametrize(
    "room", ["dashboards/rendered", "alerts/rendered/rules", "alerts/rendered/tests", "alerts/rendered/runbooks"]
)
def test_no_file_says_a_classic_name_of_a_metric(rendered: Path, room: str) -> None:
    for path in _files(rendered, room):
        found = _CLASSIC_SERIES & set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", path.read_text()))
        assert not found, path


def test_no_expression_says_a_classic_name_of_a_label(rendered: Path) -> None:
    expressions = list(_expressions(rendered))
    said = {token.text for text in expressions for token in tokens(text) if token.role == "label"}

    assert len(expressions) > 300
    assert {_NAMES.label(ROUTE), _NAMES.label(STATUS)} <= said
    assert not said & _CLASSIC_LABELS


def test_legends_annotations_columns_and_variables_say_the_new_names_of_labels(rendered: Path) -> None:
    for path in (rendered / "dashboards/rendered").glob("*.json"):
        text = path.read_text()
        shown = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text))
        listed = set(re.findall(r"label_values\(.*, (\w+)\)", text))
        titled = set(re.findall(r'"(\w+)": "Route"', text))
        assert _NAMES.label(ROUTE) in shown & listed & titled
        assert not (shown | listed | titled) & _CLASSIC_LABELS


def test_promtool_takes_the_rules_and_their_tests_hold(rendered: Path) -> None:
    for command, room in (("check", "rules"), ("test", "tests")):
        files = sorted((rendered / "alerts/rendered" / room).glob("*.yaml"))
        done = subprocess.run(
            ["promtool", command, "rules", *map(str, files)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


async def test_an_application_exposes_every_series_and_label_that_the_rules_read(rendered: Path) -> None:
    exposed: dict[str, set[str]] = {}
    for sample in (await _scraped()).samples:
        exposed.setdefault(sample.name, set(_EVERYWHERE)).update(sample.labels)
    others = FROM_OTHERS | {metric.name for metric in METRICS.values() if isinstance(metric, Recorded)}
    # The backend's code counts its business itself.
    others |= {series for service in stack.services for metric in service.metrics for series in metric.series}
    read = {name: labels for name, labels in _read(rendered).items() if name not in others}

    assert len(read) >= 3
    assert [name for name, labels in read.items() if not (name in exposed and labels <= exposed[name])] == []


async def _scraped() -> Exposition:
    app = FastAPI()

    @app.get("/things/{number}")
    def thing(number: int) -> int:  # pyright: ignore[reportUnusedFunction]  # FastAPI calls it
        return number

    observability = Observability(replace(shop, names=_NAMES), tracing=None, logging=None).instrument(app)
    async with client(app) as caller:
        await caller.get("/things/7")
        text = (await caller.get(shop.metrics_path)).text
    observability.uninstrument(app)
    return Exposition.parse(text, _NAMES)


def _read(folder: Path) -> dict[str, set[str]]:
    """The labels that rules ask for of each series, by its name."""
    found: dict[str, set[str]] = {}
    for rule in _rules(folder):
        names, words = metric_names(rule["expr"]), tokens(rule["expr"])
        for name in names:
            # Of several series, one alone may have the label that is grouped by.
            asked = {name, ""} if len(names) == 1 else {name}
            labels = {word.text for word in words if word.role == "label" and word.selector in asked}
            found.setdefault(name, set()).update(labels)
    return found
