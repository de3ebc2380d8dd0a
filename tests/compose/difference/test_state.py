"""States that somebody edited, broke, or rendered with another Watchbill."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbill import Service, Team, availability
from watchbill.profile import Profile
from watchbill_stack import Stack, Webhook
from watchbill_stack.difference.comparison import compare
from watchbill_stack.difference.state import (
    ALERTMANAGER,
    DASHBOARDS,
    EXPORTER,
    METRICS,
    PROMETHEUS,
    RULES,
    State,
    WrongState,
)

PAGER = Webhook("https://pager.example.com")
SHOP = Service("shop", team=Team("storefront", page=PAGER, ticket=PAGER), objectives=[availability(99.9)])
BASE = State.of_stack(Stack(SHOP), Profile.production())
OVERVIEW = DASHBOARDS / "shop-overview.json"


def _edited(path: PurePosixPath, text: str) -> State:
    return State("edited", {**BASE.files, path: text})


def test_everything_that_cannot_be_read_is_named_at_once_with_its_line() -> None:
    broken = {RULES / "shop.yaml": "groups:\n  - [\n", OVERVIEW: "{\n\n]", METRICS: '{"version": 9, "subjects": []}'}

    with pytest.raises(WrongState) as caught:
        compare(BASE, State("abc123", {**BASE.files, **broken}))

    problems = {str(problem.place): problem.cause for problem in caught.value.problems}
    assert problems["abc123:alerts/rendered/rules/shop.yaml:3"].startswith("it is no YAML")
    assert problems["abc123:dashboards/rendered/shop-overview.json:3"].startswith("it is no JSON")
    assert problems["abc123:compose/rendered/metrics.json:0"].startswith("it has version 9")


def test_files_of_another_watchbill_are_named_and_not_fatal() -> None:
    changes = compare(_edited(PurePosixPath("compose/rendered/compose.yaml"), "services: {}\n"), BASE).changes

    assert [change.line for change in changes] == ["compose/rendered/compose.yaml: removed"]


def test_a_folder_without_rendered_output_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongState, match="no file lies in rendered/ of any room"):
        State.of_folder(tmp_path)


def test_a_secret_that_somebody_wrote_into_a_receiver_is_not_shown() -> None:
    text = BASE.files[ALERTMANAGER]
    edited = text.replace("url: https://pager.example.com", "url: https://hooks.example.com/very-secret")

    lines = [change.line for change in compare(BASE, _edited(ALERTMANAGER, edited)).changes]

    assert any("storefront-page: webhook_configs.url (not shown) → (not shown)" in line for line in lines)
    assert "very-secret" not in "".join(lines)


_SCALARS: list[object] = [
    None,
    True,
    0,
    -1,
    2.5,
    "",
    "x",
    "[[",
    [],
    [1],
    {},
    {"a": [1]},
    [[]],
    [{}],
    {"list": 3},
    {"steps": [1]},
]
_PARTS: dict[PurePosixPath, list[tuple[str, ...]]] = {
    RULES / "shop.yaml": [("groups",), ("groups", "0", "rules"), ("groups", "0", "rules", "0", "expr")],
    OVERVIEW: [("panels",), ("panels", "1", "targets"), ("panels", "1", "fieldConfig"), ("tags",), ("templating",)],
    ALERTMANAGER: [("route",), ("route", "routes"), ("inhibit_rules",), ("receivers",), ("inhibit_rules", "0")],
    PROMETHEUS: [("scrape_configs",), ("scrape_configs", "0", "static_configs"), ("global",)],
    EXPORTER: [("targets",)],
}
_PLACES = [(path, part) for path, parts in _PARTS.items() for part in parts]


def _put(content: Any, part: tuple[str, ...], value: object) -> None:
    for key in part[:-1]:
        content = content[int(key) if key.isdigit() else key]
    content[int(part[-1]) if part[-1].isdigit() else part[-1]] = value


@settings(max_examples=40)
@given(st.sampled_from(_PLACES), st.sampled_from(_SCALARS))
def test_whatever_somebody_wrote_into_a_file_is_compared(
    place: tuple[PurePosixPath, tuple[str, ...]], value: object
) -> None:
    path, part = place
    content = BASE.mapping(path)
    _put(content, part, value)

    compare(BASE, _edited(path, json.dumps(content)))
    compare(_edited(path, json.dumps(content)), BASE)
