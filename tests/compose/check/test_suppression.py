"""A finding that is wanted is suppressed with a reason; a suppression that covers nothing is a finding."""

from tests.compose.check.built_stack import built, shop
from watchbill import Counter, alert, chart
from watchbill_stack.check.checking import check_built
from watchbill_stack.check.report import Report
from watchbill_stack.check.rules import UNUSED_SUPPRESSION, WRONG_SUPPRESSION

ORDERS = Counter(name="shop_orders_total", help="Orders placed.")


def _checked(suppressed: dict[str, str], expression: str = ORDERS.name) -> Report:
    drawn = chart("Orders so far", expression, help="Since the start.", suppressed=suppressed)
    return check_built(built(shop(metrics=[ORDERS], charts=[drawn])))


def test_without_a_suppression_the_finding_is_there() -> None:
    report = _checked({})

    assert [finding.rule.id for finding in report.findings] == ["raw-counter"]
    assert report.suppressed == 0


def test_a_suppression_with_a_reason_takes_the_finding_away() -> None:
    report = _checked({"raw-counter": "the panel shows restarts"})

    assert report.findings == ()
    assert report.suppressed == 1


def test_a_suppression_of_another_rule_takes_nothing_away_and_is_found() -> None:
    report = _checked({"rate-of-gauge": "because"})

    assert {finding.rule.id for finding in report.findings} == {"raw-counter", UNUSED_SUPPRESSION.id}


def test_a_suppression_without_a_reason_covers_nothing() -> None:
    findings = {finding.rule.id: finding for finding in _checked({"raw-counter": " "}).findings}

    assert set(findings) == {"raw-counter", WRONG_SUPPRESSION.id}
    assert "gives no reason" in findings[WRONG_SUPPRESSION.id].message


def test_a_suppression_of_no_rule_is_found_with_the_nearest_one() -> None:
    findings = {finding.rule.id: finding for finding in _checked({"raw-conter": "because"}).findings}

    assert set(findings) == {"raw-counter", WRONG_SUPPRESSION.id}
    assert findings[WRONG_SUPPRESSION.id].nearest == "raw-counter"


def test_an_object_with_many_expressions_has_one_finding_for_its_unused_suppression() -> None:
    own = alert(
        f"sum(rate({ORDERS.name}[5m])) > 5",
        name="ManyOrders",
        summary="Many orders.",
        suppressed={"rate-of-gauge": "because", "alert-without-test": "tried by hand"},
    )
    report = check_built(built(shop(metrics=[ORDERS], alerts=[own])))

    assert [finding.rule.id for finding in report.findings] == [UNUSED_SUPPRESSION.id]
