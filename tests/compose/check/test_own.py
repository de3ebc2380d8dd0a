"""What a team declares of its own is checked like everything else, and told at the line that declares it."""

from pathlib import Path
from typing import Any

from tests.compose.check.built_stack import built, found, shop
from watchbill import Counter, Label, above, alert, chart, fires, silent
from watchbill.expression import select, total
from watchbill_stack.check.finding import Finding

PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(PAYMENT,))
placed = total(select(ORDERS).rate("5m"))
EXAMPLES = [
    fires({ORDERS.name: "7+0x40"}, after="30m"),
    silent({ORDERS.name: "0+6x40"}, after="30m"),
]
HERE = Path(__file__)


def findings(**own: Any) -> list[Finding]:
    return found(built(shop(**own)))


def marked(finding: Finding) -> str:
    """The comment at the end of the line that a finding is told at."""
    place = finding.site.declared
    assert place is not None
    assert place.file == str(HERE)
    return HERE.read_text().splitlines()[place.line - 1].rpartition("# ")[2]


def test_sound_ones_have_no_finding() -> None:
    stopped = alert(f"sum(rate({ORDERS.name}[10m])) == 0", name="NoOrders", summary="No orders.", examples=EXAMPLES)
    charts = [chart("By payment", total(select(ORDERS).rate("5m"), PAYMENT), help="Orders.", by=PAYMENT)]

    assert findings(metrics=[ORDERS], alerts=[stopped, above(placed, 5, name="Many")], charts=charts) == []


def test_a_renamed_metric_is_told_wherever_text_still_says_it() -> None:
    renamed = Counter(name="shop_sales_total", help="Sales.", labels=(PAYMENT,))
    own = findings(
        metrics=[renamed],
        alerts=[
            alert(f"sum(rate({ORDERS.name}[10m])) == 0", name="A", summary="A.", examples=EXAMPLES),  # alert
        ],
        charts=[chart("B", f"sum(rate({ORDERS.name}[10m]))", help="B.")],  # chart
    )
    unknown = [one for one in own if one.rule.id == "unknown-metric"]

    assert {marked(one) for one in unknown} == {"alert", "chart"}
    assert {one.nearest for one in unknown} == {renamed.name}


def test_a_suppression_of_an_alert_holds_for_its_panel_its_runbook_and_its_test() -> None:
    unknown = total(select(ORDERS, PAYMENT.equals("crypto")).rate("5m"))
    without = findings(metrics=[ORDERS], alerts=[above(unknown, 5, name="Crypto")])
    reason = {"impossible-value": "It comes next week."}

    assert {one.site.role for one in without} == {"alert", "panel", "runbook", "test"}
    assert findings(metrics=[ORDERS], alerts=[above(unknown, 5, name="Crypto", suppressed=reason)]) == []


def test_an_alert_that_nobody_can_feed_needs_examples_or_a_reason() -> None:
    text = f"sum(rate({ORDERS.name}[10m])) == 0"
    untested = alert(text, name="NoOrders", summary="No orders.")  # untested
    told = alert(text, name="NoOrders", summary="No orders.", suppressed={"alert-without-test": "Too rare."})

    (finding,) = findings(metrics=[ORDERS], alerts=[untested])
    assert (finding.rule.id, marked(finding)) == ("alert-without-test", "untested")
    assert findings(metrics=[ORDERS], alerts=[told]) == []
