"""Budgets of series are kept, or named with what costs most."""

from tests.compose.cost.small_stack import PACE, predicted, service
from watchbill.catalogue.http import EXCEPTION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.stack import Stack
from watchbill_stack.check.checking import check
from watchbill_stack.check.rules import OVER_BUDGET
from watchbill_stack.cost.budget import budgets, findings

SMALL = {ROUTE: 5, STATUS: 5, EXCEPTION: 5}


def test_a_budget_that_is_kept_is_no_finding() -> None:
    assert list(findings(Stack(service(label_limits=SMALL, series_budget=1_000_000)), PACE)) == []


def test_no_budget_is_no_finding() -> None:
    assert list(findings(Stack(service()), PACE)) == []


def test_a_budget_that_is_exceeded_names_the_three_dearest_metrics_and_their_labels() -> None:
    shop = service(series_budget=1_000)
    (found,) = findings(Stack(shop), PACE)

    assert found.rule == OVER_BUDGET
    assert found.site.declared == shop.place
    assert "service 'shop' may have" in found.message
    assert f"{HTTP_REQUESTS.name} 120,000 (method 10 × route 200 × status 60)" in found.message
    assert found.message.count("×") >= 3
    assert found.message.split("The dearest: ")[1].count(";") == 2


def test_a_stacks_budget_holds_for_all_its_services_together() -> None:
    one, two = service("shop", label_limits=SMALL), service("till", label_limits=SMALL)
    series = predicted(one, two).series

    assert list(findings(Stack(one, two, series_budget=series), PACE)) == []
    (found,) = findings(Stack(one, two, series_budget=series - 1), PACE)
    assert "the stack may have" in found.message
    assert f"1 over its budget of {series - 1:,}" in found.message


def test_headroom_is_what_is_left() -> None:
    (found,) = budgets(predicted(service(series_budget=2_000_000)))

    assert found.headroom == 2_000_000 - found.predicted


def test_rules_about_a_service_count_in_its_budget() -> None:
    prediction = predicted(service(series_budget=2_000_000))
    (found,) = budgets(prediction)

    assert found.predicted == sum(job.series for job in prediction.jobs if job.service == "shop")
    assert any(job.kind == "rules" and job.series for job in prediction.jobs if job.service == "shop")


def test_the_check_of_a_stack_holds_it_to_its_budgets() -> None:
    report = check(Stack(service(series_budget=10)), PACE)

    assert [one.rule for one in report.findings if one.site.role == "budget"] == [OVER_BUDGET]
    assert not report.is_well()
