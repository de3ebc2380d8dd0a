"""Mistakes that a team writes into its stack file: each is found, at the line that holds it."""

from typing import Any

import pytest

from tests.compose.check.built_stack import built, found, shop
from watchbill import Counter, Gauge, Label, above, alert, chart, fires, silent
from watchbill.catalogue import DEPENDENCY, JOB, SERVICE
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill.expression import select, total
from watchbill_alerts.labels import TEAM
from watchbill_stack.check.rules import (
    ALERT_WITHOUT_TEST,
    BROKEN_TEMPLATE,
    DUPLICATE_RULE,
    OVERWRITTEN_LABEL,
    TEMPLATE_LOST_LABEL,
    TEST_LOST_LABEL,
    UNKNOWN_TARGET,
    UNKNOWN_VARIABLE,
    VALUE_IN_SUMMARY,
)

PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(PAYMENT,))
CARTS = Gauge(name="shop_carts", help="Carts that are not paid yet.")
CREW = Label(name=TEAM.name, help="Who packs.", values=("day", "night"))
PARCELS = Gauge(name="shop_parcels", help="Parcels that nobody has packed yet.", labels=(CREW,))
PLACED = total(select(ORDERS).rate("5m"))
BY_PAYMENT = total(select(ORDERS).rate("5m"), PAYMENT)
RAW = f"sum by ({PAYMENT.name}) (rate({ORDERS.name}[5m])) > 5"
FED = {f'{ORDERS.name}{{{PAYMENT.name}="card"}}': "0+600x20"}
FULLEST = f'{{{{ range query "{CARTS.name}" }}}}{{{{ .Labels.pod }}}}: {{{{ .Value }}}}{{{{ end }}}}'
SEEN = [silent({}), silent({next(iter(FED)): "0+6x20"})]


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        (
            {"alerts": [above(PLACED, 5, name="Many", description=f"By {{{{ $labels.{PAYMENT.name} }}}}.")]},
            TEMPLATE_LOST_LABEL.id,
        ),
        (
            {"alerts": [above(BY_PAYMENT, 5, name="Many", summary="Orders by {{ $labels.paiment }}.")]},
            TEMPLATE_LOST_LABEL.id,
        ),
        (
            {"alerts": [above(BY_PAYMENT, 5, name="Many", runbook="## First checks\n1. Look at {{ .Labels.shop }}.")]},
            TEMPLATE_LOST_LABEL.id,
        ),
        (
            {"alerts": [above(BY_PAYMENT, 5, name="Many", summary="{{ $value }} orders.")]},
            VALUE_IN_SUMMARY.id,
        ),
        (
            {
                "alerts": [
                    above(PLACED, 5, name="Many", description=f'{{{{ query "{CARTS.name}_all" | first | value }}}}')
                ]
            },
            "unknown-metric",
        ),
        (
            {"alerts": [above(BY_PAYMENT, 5, name="Many", description=f"By {{{{ $label.{PAYMENT.name} }}}}.")]},
            BROKEN_TEMPLATE.id,
        ),
        (
            {"alerts": [above(total(select(PARCELS), CREW), 5, name="Many")]},
            OVERWRITTEN_LABEL.id,
        ),
        (
            {"alerts": [alert(RAW, name="Many", summary="Many orders.")]},
            ALERT_WITHOUT_TEST.id,
        ),
        (
            {"alerts": [alert(RAW, name="Many", summary="Many orders.", examples=[fires(FED), *SEEN])]},
            TEST_LOST_LABEL.id,
        ),
        (
            {"alerts": [above(PLACED, 5, name="HighErrorRatio"), above(PLACED, 6, name="Orders")]},
            DUPLICATE_RULE.id,
        ),
        (
            {"charts": [chart("Carts", f'{CARTS.name}{{{SERVICE.name}="shopp"}}', help="Carts.")]},
            UNKNOWN_TARGET.id,
        ),
        (
            {"charts": [chart("Cache", f'{REDIS_UP.name}{{{DEPENDENCY.name}="cash"}}', help="Whether it answers.")]},
            UNKNOWN_TARGET.id,
        ),
        (
            {"charts": [chart("Up", f'{UP.name}{{{JOB.name}="redes"}}', help="Whether it answers.")]},
            UNKNOWN_TARGET.id,
        ),
        (
            {"charts": [chart("Carts", f'{CARTS.name}{{instance=~"$pod"}}', help="Carts by process.")]},
            UNKNOWN_VARIABLE.id,
        ),
        (
            {"charts": [chart("Orders", f"sum(rate({ORDERS.name}[5m]))", by=PAYMENT, help="Orders.")]},
            TEMPLATE_LOST_LABEL.id,
        ),
    ],
)
def test_a_mistake_of_a_team_is_found_where_it_is_declared(declared: dict[str, Any], rule: str) -> None:
    findings = found(built(shop(metrics=[ORDERS, CARTS, PARCELS], **declared)))
    meant = [one for one in findings if one.rule.id != "unused-metric"]

    assert {one.rule.id for one in meant} == {rule}
    for one in meant:
        assert one.site.declared is not None
        assert one.site.declared.file in {__file__, __file__.replace("test_declared_mistakes", "built_stack")}


def test_what_a_team_declares_well_has_no_finding() -> None:
    labels = {PAYMENT.name: "card"}
    service = shop(
        metrics=[ORDERS, CARTS],
        alerts=[
            above(BY_PAYMENT, 5, name="Many", description=f"Paid by {{{{ $labels.{PAYMENT.name} }}}}."),
            above(PLACED, 9, name="More", description=FULLEST),
            alert(RAW, name="VeryMany", summary="Very many.", examples=[fires(FED, labels=labels), *SEEN]),
        ],
        charts=[
            chart("Orders", BY_PAYMENT, by=PAYMENT, help="Orders by payment."),
            chart("Carts", f'max({CARTS.name}{{instance=~"$instance"}})', help="The fullest process."),
            chart("Rate", f"sum(rate({ORDERS.name}[$__rate_interval]))", help="Orders placed."),
        ],
    )

    assert ROUTE.name in service.names.labels
    assert found(built(service)) == []
