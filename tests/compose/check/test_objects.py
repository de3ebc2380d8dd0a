"""Mistakes in the objects of a stack: each is found by the rule that is meant for it, and a right stack has none."""

from dataclasses import replace

import pytest

from tests.compose.check.built_stack import (
    HERE,
    Spoil,
    alert_of,
    built,
    found,
    panel_of,
    recording_of,
    shop,
    team,
    with_alert,
    with_rule,
    with_rules,
)
from watchbill import Redis, availability, latency, max_error_ratio
from watchbill.catalogue import INSTANCE, SERVICE, Recorded, Unit
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.objectives import error_ratio, events_good, events_total
from watchbill.expression import Quantile, select, total
from watchbill.links import overview_uid
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import PERCENTAGE, shown
from watchbill_alerts.labels import TEAM
from watchbill_alerts.recording import Recording
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.trial import Case, Trial, never_existed
from watchbill_dashboards.explore import Link
from watchbill_dashboards.table import Table
from watchbill_stack.check.built import Built
from watchbill_stack.check.rules import (
    ALERT_WITHOUT_DASHBOARD,
    ALERT_WITHOUT_OWNER,
    ALERT_WITHOUT_RUNBOOK,
    ALERT_WITHOUT_TEST,
    CLASHING_PANELS,
    DEAD_LINK,
    DUPLICATE_RULE,
    OBJECT_RULES,
    RECORDED_LABELS,
    RECORDED_LATER,
    RECORDED_UNIT,
    RULES,
    TEMPLATE_LOST_LABEL,
    TEST_LOST_LABEL,
    UNFIREABLE_OBJECTIVE,
    UNKNOWN_COLUMN,
    UNKNOWN_VARIABLE,
    UNREACHABLE_INHIBITION,
    UNREACHABLE_ROUTE,
    UNROUTED_ALERT,
    UNUSED_RECORDING,
    VALUE_IN_SUMMARY,
)

BY_SERVICE = total(select(HTTP_REQUESTS).rate("5m"), SERVICE)
SLOWEST = Recorded(name="shop:slowest:p99", help="The slowest answers.", unit=Unit.RATIO, labels=(ROUTE,))


def lost_by_the_expression(one: Built) -> Built:
    trials = (Trial(case=Case.FIRES, fires={SERVICE: "shop"}), Trial(case=Case.HEALTHY), never_existed())
    return with_alert(one, "TargetDown", expression=BY_SERVICE > 0, trials=trials)


def in_the_summary(one: Built) -> Built:
    return with_alert(one, "TargetDown", summary=f"{shown(ROUTE)} is down.")


def in_the_summary_though_the_rule_adds_it(one: Built) -> Built:
    return with_alert(one, "TargetDown", summary=f"{shown(TEAM)} is told.")


def in_the_first_step(one: Built) -> Built:
    text = (
        alert_of(one, "TargetDown")
        .runbook.page.text.replace("1. See", f"1. On {shown(STATUS)}, see")
        .replace("$labels", "$$labels")
    )
    old = alert_of(one, "TargetDown")
    return with_alert(one, "TargetDown", runbook=Runbook.of_text("runbook", text, old.names, **old.runbook.facts))


def in_a_legend(one: Built) -> Built:
    panel_of(one, "requests-by-route").targets[0].legend = f"{{{{{INSTANCE.name}}}}}"
    return one


def in_a_mark(one: Built) -> Built:
    board = one.dashboards["shop"]
    board.marks = [replace(board.marks[0], title="{{pod}} began"), *board.marks[1:]]
    return one


def value_in_the_summary(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", summary=f"{PERCENTAGE} fail.")


def no_owner(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", team=team("nobody"))


def no_runbook(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", runbook=Runbook.of_text("runbook", "## Meaning\nIt is so.\n"))


def no_panel(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", panel=Panel(one.stack.services[0], "error"))


def no_panel_of_another_service(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", panel=Panel(replace(shop(), name="till"), "errors"))


def a_variable_the_dashboard_lacks(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", panel=Panel(one.stack.services[0], "errors", {STATUS: "500"}))


def no_test_that_it_fires(one: Built) -> Built:
    trials = tuple(trial for trial in alert_of(one, "HighErrorRatio").trials if trial.case is not Case.FIRES)
    return with_alert(one, "HighErrorRatio", trials=trials)


def a_test_with_a_label_too_many(one: Built) -> Built:
    trials = alert_of(one, "HighErrorRatio").trials
    extra = Trial(case=Case.FIRES, series=trials[0].series, fires={SERVICE: "shop", ROUTE: "/"})
    return with_alert(one, "HighErrorRatio", trials=(*trials, extra))


def a_test_without_a_label(one: Built) -> Built:
    trials = alert_of(one, "TargetDown").trials
    return with_alert(one, "TargetDown", trials=(*trials, Trial(case=Case.FIRES, fires={SERVICE: "shop"})))


def a_label_lost_before_recording(one: Built) -> Built:
    old = recording_of(one, events_total("5m").name)
    return with_rule(one, old, replace(old, expression=total(select(HTTP_REQUESTS).rate("5m"))))


def a_label_too_many_recorded(one: Built) -> Built:
    old = recording_of(one, events_total("5m").name)
    return with_rule(one, old, replace(old, expression=total(select(HTTP_REQUESTS).rate("5m"), SERVICE, ROUTE)))


def seconds_recorded_as_a_ratio(one: Built) -> Built:
    slowest = Quantile(0.99, select(HTTP_REQUEST_DURATION), "5m", (ROUTE,))
    rule = Recording(metric=SLOWEST, expression=slowest, names=one.stack.services[0].names)
    panel_of(one, "errors").targets[0].expr = f"max({SLOWEST.name})"
    old = recording_of(one, events_total("5m").name)
    return with_rule(one, old, old, rule)


def recorded_after_it_is_read(one: Built) -> Built:
    ratio, good = (recording_of(one, name("5m").name) for name in (error_ratio, events_good))
    swapped = {id(ratio): good, id(good): ratio}
    return with_rules(one, lambda rule: (swapped.get(id(rule), rule),))


def recorded_for_nobody(one: Built) -> Built:
    old = recording_of(one, events_total("5m").name)
    metric = Recorded(name="shop:requests:rate5m", help="Requests.", unit=Unit.PER_SECOND, labels=(SERVICE,))
    return with_rule(one, old, old, Recording(metric=metric, expression=BY_SERVICE))


def an_alert_twice(one: Built) -> Built:
    old = alert_of(one, "HighErrorRatio")
    return with_rule(one, old, old, replace(old, summary="Another text."))


def a_recording_twice(one: Built) -> Built:
    old = recording_of(one, error_ratio("5m").name)
    return with_rule(one, old, old, replace(old))


def two_panels_of_one_key(one: Built) -> Built:
    panel_of(one, "errors").id = panel_of(one, "latency").id
    return one


def a_variable_of_another_dashboard(one: Built) -> Built:
    target = panel_of(one, "errors").targets[0]
    target.expr = f'sum(rate({HTTP_REQUESTS.name}{{{SERVICE.name}="$servise"}}[5m]))'
    return one


def a_link_with_a_wrong_variable(one: Built) -> Built:
    panel_of(one, "errors").links = [Link("Traces", "/explore?service=${servise}")]
    return one


def a_link_to_no_dashboard(one: Built) -> Built:
    panel_of(one, "errors").links = [Link("Till", f"/d/{overview_uid('shopp')}")]
    return one


def a_link_to_no_panel(one: Built) -> Built:
    address = one.stack.links.dashboard(overview_uid("shop"), "eror", **{ROUTE.name: "/"})
    panel_of(one, "errors").links = [Link("Errors", address)]
    return one


def a_link_to_no_runbook(one: Built) -> Built:
    address = one.stack.links.runbook("shop", "TargetDown")
    panel_of(one, "errors").links = [Link("Down", address), Link("Gone", address.replace("Down", "Gone"))]
    return one


def a_link_to_no_variable(one: Built) -> Built:
    panel_of(one, "errors").links = [Link("Errors", f"/d/{overview_uid('shop')}?var-rout=/")]
    return one


def a_table_by_a_label_it_lacks(one: Built) -> Built:
    table = panel_of(one, "routes")
    assert isinstance(table, Table)
    table.by = INSTANCE
    return one


def a_table_sorted_by_no_column(one: Built) -> Built:
    table = panel_of(one, "routes")
    assert isinstance(table, Table)
    table.sorted_by = "Requests"
    return one


def a_table_linked_by_no_column(one: Built) -> Built:
    table = panel_of(one, "routes")
    assert isinstance(table, Table)
    table.focus = Link("One", f"/d/{overview_uid('shop')}?var-{ROUTE.name}=${{__data.fields.Rout}}")
    return one


def a_label_that_hides_the_team(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", own_labels={TEAM: "nobody"})


def a_severity_of_its_own(one: Built) -> Built:
    return with_alert(one, "HighErrorRatio", severity="page")


def nothing_that_wakes_anyone(one: Built) -> Built:
    return with_rules(one, lambda rule: (replace(rule, severity="warning") if isinstance(rule, Alert) else rule,))


def no_fast_burn(one: Built) -> Built:
    return with_rules(
        one, lambda rule: () if isinstance(rule, Alert) and rule.name == "ErrorBudgetBurnFast" else (rule,)
    )


MISTAKES: list[tuple[Spoil, str]] = [
    (lost_by_the_expression, TEMPLATE_LOST_LABEL.id),
    (in_the_summary, TEMPLATE_LOST_LABEL.id),
    (in_the_summary_though_the_rule_adds_it, TEMPLATE_LOST_LABEL.id),
    (in_the_first_step, TEMPLATE_LOST_LABEL.id),
    (in_a_legend, TEMPLATE_LOST_LABEL.id),
    (in_a_mark, TEMPLATE_LOST_LABEL.id),
    (value_in_the_summary, VALUE_IN_SUMMARY.id),
    (no_owner, ALERT_WITHOUT_OWNER.id),
    (no_runbook, ALERT_WITHOUT_RUNBOOK.id),
    (no_panel, ALERT_WITHOUT_DASHBOARD.id),
    (no_panel_of_another_service, ALERT_WITHOUT_DASHBOARD.id),
    (a_variable_the_dashboard_lacks, DEAD_LINK.id),
    (no_test_that_it_fires, ALERT_WITHOUT_TEST.id),
    (a_test_with_a_label_too_many, TEST_LOST_LABEL.id),
    (a_test_without_a_label, TEST_LOST_LABEL.id),
    (a_label_lost_before_recording, RECORDED_LABELS.id),
    (a_label_too_many_recorded, RECORDED_LABELS.id),
    (seconds_recorded_as_a_ratio, RECORDED_UNIT.id),
    (recorded_after_it_is_read, RECORDED_LATER.id),
    (recorded_for_nobody, UNUSED_RECORDING.id),
    (an_alert_twice, DUPLICATE_RULE.id),
    (a_recording_twice, DUPLICATE_RULE.id),
    (two_panels_of_one_key, CLASHING_PANELS.id),
    (a_variable_of_another_dashboard, UNKNOWN_VARIABLE.id),
    (a_link_with_a_wrong_variable, UNKNOWN_VARIABLE.id),
    (a_link_to_no_dashboard, DEAD_LINK.id),
    (a_link_to_no_panel, DEAD_LINK.id),
    (a_link_to_no_runbook, DEAD_LINK.id),
    (a_link_to_no_variable, DEAD_LINK.id),
    (a_table_by_a_label_it_lacks, UNKNOWN_COLUMN.id),
    (a_table_sorted_by_no_column, UNKNOWN_COLUMN.id),
    (a_table_linked_by_no_column, UNKNOWN_COLUMN.id),
    (a_label_that_hides_the_team, UNROUTED_ALERT.id),
    (a_severity_of_its_own, UNROUTED_ALERT.id),
    (nothing_that_wakes_anyone, UNREACHABLE_ROUTE.id),
    (no_fast_burn, UNREACHABLE_INHIBITION.id),
]


@pytest.mark.parametrize(("spoil", "rule"), MISTAKES, ids=lambda part: getattr(part, "__name__", str(part)))
def test_a_mistake_is_found_by_the_rule_that_is_meant_for_it(spoil: Spoil, rule: str) -> None:
    assert {finding.rule.id for finding in found(spoil(built()))} == {rule}


def test_an_objective_whose_fast_burn_cannot_fire_is_found() -> None:
    (finding,) = (one for one in found(built(shop(objectives=[availability(93)]))) if one.site.role == "objective")

    assert (finding.rule, finding.nearest) == (UNFIREABLE_OBJECTIVE, "above 93.06 %")


def test_an_inhibition_whose_alerts_meet_both_sides_is_found() -> None:
    one = built(shop(uses=[Redis("cache")]))
    alike = {"ExporterCollectorFailing": "RedisDown"}
    spoilt = with_rules(
        one, lambda rule: (replace(rule, name=alike.get(rule.name, rule.name)) if isinstance(rule, Alert) else rule,)
    )

    (finding,) = [each for each in found(spoilt) if each.rule is UNREACHABLE_INHIBITION]
    assert "do not silence each other" in finding.message


def test_a_right_stack_has_no_finding() -> None:
    assert found(built()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"objectives": [], "thresholds": [], "uses": []},
        {"objectives": [], "uses": []},
        {"thresholds": [max_error_ratio(0.01, severity="critical")], "objectives": []},
        {"thresholds": [max_error_ratio(0.01), max_error_ratio(0.05, severity="critical")]},
        {"uses": []},
        {"objectives": [latency(0.5, 95)]},
    ],
)
def test_whatever_a_service_leaves_out_its_stack_has_no_finding(changes: dict[str, object]) -> None:
    assert found(built(shop(**changes))) == []


def test_a_stack_of_several_services_and_teams_has_no_finding() -> None:
    other = replace(shop(), name="till", team=team("payments"), objectives=[], thresholds=[])

    assert found(built(shop(), other)) == []


def test_a_finding_names_the_line_of_the_object_and_of_the_stack_file() -> None:
    (finding,) = found(with_alert(built(), "HighErrorRatio", place=HERE, trials=()))

    assert finding.site.place == HERE
    assert finding.site.declared is not None
    assert finding.site.declared.file.endswith("built_stack.py")


def test_the_nearest_valid_name_is_told() -> None:
    (finding,) = found(no_panel(built()))

    assert (finding.message, finding.nearest) == ("the dashboard of service 'shop' has no panel 'error'", "errors")


def test_every_rule_about_objects_says_what_happens_and_what_to_do() -> None:
    for rule in OBJECT_RULES:
        assert RULES[rule.id] is rule
        assert len(rule.title) < 80
        assert rule.why.count(". ") >= 1


def test_the_exporters_alert_opens_the_dashboard_of_a_service_that_has_dependencies() -> None:
    first = replace(shop(), name="till", tier=1, uses=[])

    assert found(built(first, replace(shop(), tier=2))) == []
