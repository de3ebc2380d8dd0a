"""Settings that no stack has words for, in files that somebody edited."""

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from watchbill import Service, Team, availability
from watchbill.profile import Profile
from watchbill_stack import Stack, Webhook
from watchbill_stack.difference.comparison import compare
from watchbill_stack.difference.state import ALERTMANAGER, DASHBOARDS, PROMETHEUS, RULES, State

PAGER = Webhook("https://pager.example.com")
TEAM = Team("storefront", page=PAGER, ticket=PAGER)
SHOP = Service("shop", team=TEAM, targets=["shop:8000"], objectives=[availability(99.9)])
BASE = State.of_stack(Stack(SHOP, runbooks="https://runbooks.example.com"), Profile.production())
OVERVIEW = DASHBOARDS / "shop-overview.json"
Where = tuple[str | int, ...]
OF_SHOP = RULES / "shop.yaml"


def _lines(path: PurePosixPath, content: Any) -> str:
    edited = State("edited", {**BASE.files, path: json.dumps(content)})
    return "".join(f"{change.area} {change.line}\n" for change in compare(BASE, edited).changes)


def _set(path: PurePosixPath, where: Where, value: object) -> str:
    """The lines of a difference in which one setting of a file has another value."""
    content: Any = BASE.mapping(path)
    found = content
    for key in where[:-1]:
        found = found[key]
    found[where[-1]] = value
    return _lines(path, content)


def _annotations(content: Any) -> list[dict[str, str]]:
    return [rule["annotations"] for group in content["groups"] for rule in group["rules"] if "annotations" in rule]


def test_another_order_of_annotations_is_no_change() -> None:
    content = BASE.mapping(OF_SHOP)
    for annotations in _annotations(content):
        for name in reversed([*annotations]):
            annotations[name] = annotations.pop(name)

    assert _lines(OF_SHOP, content) == ""


def test_an_alert_without_its_runbook_is_said() -> None:
    content = BASE.mapping(OF_SHOP)
    for annotations in _annotations(content):
        del annotations["runbook_url"]

    assert ": runbook_url removed; alerts affected: TargetDown" in _lines(OF_SHOP, content)


@pytest.mark.parametrize(
    ("path", "where", "value", "expected"),
    [
        (ALERTMANAGER, ("templates",), ["own.tmpl"], "route templates: watchbill.tmpl → own.tmpl"),
        (ALERTMANAGER, ("time_intervals",), [{"name": "night"}], "route time_intervals: none → name=night"),
        (
            ALERTMANAGER,
            ("route", "routes", -1, "mute_time_intervals"),
            ["night"],
            'team="storefront": mute_time_intervals none → night',
        ),
        (OF_SHOP, ("groups", -1, "limit"), 3, "rules of shop: their group: none → limit 3"),
        (OVERVIEW, ("refresh",), "1h", "dashboard refresh of shop-overview: 10s → 1h"),
        (OVERVIEW, ("templating", "list", -1, "multi"), "no", ".multi of shop-overview: "),
    ],
)
def test_each_setting_that_differs_is_said(path: PurePosixPath, where: Where, value: object, expected: str) -> None:
    assert expected in _set(path, where, value)


def test_a_way_to_notify_that_came_is_named_without_its_settings() -> None:
    lines = _set(ALERTMANAGER, ("receivers", 1, "email_configs"), [{"to": "a@example.com"}])

    assert lines == "receiver storefront-page: webhook → webhook, email\n"


@pytest.mark.parametrize(
    ("path", "where", "value"),
    [
        (ALERTMANAGER, ("receivers", 0, "webhook_configs"), [{"url": "https://example.com/hidden-1"}]),
        (ALERTMANAGER, ("opsgenie",), {"routing_key": "hidden-1"}),
        (ALERTMANAGER, ("global",), {"opsgenie_api_key": "hidden-1"}),
        (PROMETHEUS, ("scrape_configs", 0, "params"), {"api_key": ["hidden-1"]}),
        (PROMETHEUS, ("remote_write",), [{"headers": {"X-Scope": "hidden-1"}}]),
        (PROMETHEUS, ("remote_write",), [{"name": "https://me:hidden-1@example.com"}]),
    ],
)
def test_no_value_that_may_be_a_secret_is_shown(path: PurePosixPath, where: Where, value: object) -> None:
    lines = _set(path, where, value)

    assert lines
    assert "hidden-1" not in lines
