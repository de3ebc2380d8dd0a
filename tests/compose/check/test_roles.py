"""A wrong name is found wherever it stands: in a rule, a panel, a variable, a mark, a runbook, a test, an objective."""

from dataclasses import replace

import pytest

from tests.compose.check.built_stack import (
    Spoil,
    alert_of,
    built,
    found,
    panel_of,
    recording_of,
    shop,
    with_alert,
    with_rule,
)
from watchbill import latency
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.objectives import events_total
from watchbill.catalogue.watching import UP
from watchbill.expression import Raw
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.trial import Series, level
from watchbill_dashboards.variable import Choice
from watchbill_stack.check.built import Built
from watchbill_stack.check.site import Role

MISSPELT = HTTP_REQUESTS.name.replace("quests", "qests")
WRONG = Raw(f"sum(rate({MISSPELT}[5m]))", reads=())


def in_an_alert(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", expression=WRONG > 1, trials=alert_of(one, "Watchdog").trials)


def in_a_recording(one: Built) -> Built:
    old = recording_of(one, events_total("5m").name)
    return with_rule(one, old, replace(old, expression=WRONG))


def in_a_panel(one: Built) -> Built:
    panel_of(one, "errors").targets[0].expr = WRONG.promql()
    return one


def in_a_mark(one: Built) -> Built:
    board = one.dashboards["shop"]
    board.marks = [replace(board.marks[0], expression=WRONG, title="It began", text="", tags=""), *board.marks[1:]]
    return one


def in_a_variable(one: Built) -> Built:
    board = one.dashboards["shop"]
    first = next(each for each in board.variables if isinstance(each, Choice))
    board.variables = [*board.variables, replace(first, of=STATUS, title="Status")]
    return one


def in_a_runbook(one: Built) -> Built:
    page = alert_of(one, "TargetDown").runbook.page
    facts = dict.fromkeys(page.asks, "it") | {"up": WRONG}
    return with_alert(one, "TargetDown", runbook=Runbook(page, facts))


def in_a_test(one: Built) -> Built:
    first, *others = alert_of(one, "TargetDown").trials
    fed = replace(first, series=(*first.series, Series(UP, {ROUTE: "/"}, level(0))))
    return with_alert(one, "TargetDown", trials=(fed, *others))


@pytest.mark.parametrize(
    ("spoil", "role", "rule"),
    [
        (in_an_alert, "alert", "unknown-metric"),
        (in_a_recording, "recording", "unknown-metric"),
        (in_a_panel, "panel", "unknown-metric"),
        (in_a_mark, "annotation", "unknown-metric"),
        (in_a_variable, "variable", "lost-label"),
        (in_a_runbook, "runbook", "unknown-metric"),
        (in_a_test, "test", "unknown-label"),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_a_wrong_name_is_found_where_it_stands(spoil: Spoil, role: Role, rule: str) -> None:
    assert (role, rule) in {(one.site.role, one.rule.id) for one in found(spoil(built()))}


def test_an_objective_that_no_bucket_can_tell_is_found_at_the_objective() -> None:
    findings = found(built(shop(latency_bounds=[0.25, 1.0, 2.5], objectives=[latency(0.5, 95)])))

    assert {one.rule.id for one in findings} == {"no-bucket-bound"}
    assert "objective" in {one.site.role for one in findings}
    assert {one.nearest for one in findings} <= {"0.25", "1.0"}
