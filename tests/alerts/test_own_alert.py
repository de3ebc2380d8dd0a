"""Alerts of a team's own: what Prometheus is given, what people are told, and that their tests hold."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.written import Declare, run, run_rule_tests, written
from watchbill import Counter, Gauge, Histogram, Label, Names, Unit, above, alert, below, chart, fires, silent
from watchbill.catalogue import INSTANCE
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, STATUS
from watchbill.expression import Expression, Quantile, or_zero, ratio, select, total
from watchbill.links import panel_id
from watchbill.own_alert import TAKEN_NAMES, OwnAlert
from watchbill.profile import Profile
from watchbill_alerts.alert import Alert
from watchbill_alerts.own_alert import own_alerts
from watchbill_alerts.rendering import render
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.rule_tests import uncovered

PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
OUTCOME = Label(name="outcome", help="What became of it.", values=("placed", "failed"))
ORDERS = Counter(name="test_orders_total", help="Orders.", labels=(PAYMENT, OUTCOME))
FAILED = Counter(name="test_orders_failed_total", help="Orders that failed.", labels=(PAYMENT,))
BASKETS = Gauge(name="test_baskets", help="Baskets.")
STOCK = Gauge(name="test_stock_ratio", help="Stock.", unit=Unit.RATIO, latest=True)
VALUE = Histogram(name="test_value_euros", help="Value.", buckets=(5, 10, 50, 100), labels=(PAYMENT,))
WAIT = Histogram(name="test_wait_seconds", help="Wait.", unit=Unit.SECONDS, buckets=(60, 600, 3600))
METRICS = [ORDERS, FAILED, BASKETS, STOCK, VALUE, WAIT]
PRODUCTION = Profile.production()

failed = total(select(FAILED).rate("5m"))
orders = total(select(ORDERS).rate("5m"))
failing = total(select(ORDERS, OUTCOME.equals("failed")).rate("5m"))
orders_by = total(select(ORDERS).rate("5m"), PAYMENT)
failing_by = total(select(ORDERS, OUTCOME.equals("failed")).rate("5m"), PAYMENT)
refused = total(select(HTTP_REQUESTS, STATUS.matches("4..|5..")).rate("5m"))
ABOVE: dict[str, tuple[Expression, float]] = {
    "rate": (failed, 0.1),
    "any": (failed, 0),
    "increase over an hour by label": (total(select(FAILED).increase("1h"), PAYMENT), 100),
    "ratio of two metrics": (ratio(total(select(FAILED).rate("10m")), orders), 0.05),
    "ratio within a metric": (ratio(failing, orders), 0.05),
    "ratio near one": (ratio(failing, orders), 0.95),
    "ratio by label with zero": (ratio(or_zero(failing_by, orders_by), orders_by), 0.05),
    "ratio of a pattern": (ratio(refused, total(select(HTTP_REQUESTS).rate("5m"))), 0.3),
    "gauge": (select(BASKETS), 1000),
    "gauge by process": (total(select(BASKETS), INSTANCE), 1000),
    "gauge over time": (select(BASKETS).over_time("avg_over_time", "15m"), 1000),
    "what is left": (1 - select(STOCK), 0.3),
    "scaled": (orders * 60, 12),
    "quantile": (Quantile(0.95, select(WAIT), "5m"), 600),
    "mean": (ratio(total(select(VALUE).sum.rate("5m")), total(select(VALUE).count.rate("5m"))), 40),
    "by route": (total(select(HTTP_REQUESTS, STATUS.matches("5..")).rate("5m"), ROUTE), 3),
}
BELOW: dict[str, tuple[Expression, float]] = {
    "rate": (orders, 0.2),
    "gauge": (select(STOCK), 0.1),
    "negative gauge": (select(BASKETS), -5),
    "quantile by label": (Quantile(0.5, select(VALUE), "5m", (PAYMENT,)), 10),
}


def named(text: str) -> str:
    return text.title().replace(" ", "")


OWN = [
    *(above(expression, limit, name=f"{named(name)}Above") for name, (expression, limit) in ABOVE.items()),
    *(below(expression, limit, name=f"{named(name)}Below", for_="0s") for name, (expression, limit) in BELOW.items()),
]


def one(declared: Declare, own: OwnAlert, **changes: Any) -> Alert:
    """The alert that the service has for it, with its annotations."""
    stack = declared(metrics=METRICS, alerts=[own], **changes)
    return next(found for found in alerts_of(stack, PRODUCTION) if found.name == own.alert_name)


@pytest.mark.parametrize(
    ("names", "profile"),
    [
        (Names.classic(), PRODUCTION),
        (Names({PAYMENT.name: "means"}, {ORDERS.name: "sales_total"}), Profile.development()),
    ],
    ids=("classic", "renamed"),
)
def test_what_can_be_fed_is_tested_without_a_word(
    declared: Declare, tmp_path: Path, names: Names, profile: Profile
) -> None:
    stack = declared(metrics=METRICS, alerts=OWN, names=names, objectives=[], thresholds=[], uses=[])
    folder = written(stack, tmp_path, profile)

    checked = run("promtool", "check", "rules", folder / "rules" / "shop.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert uncovered(own_alerts(stack.services[0], profile)) == ()
    done = run_rule_tests(folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_limits_moved_far_fail_their_tests_all_of_them(declared: Declare, tmp_path: Path) -> None:
    stack = declared(metrics=METRICS, alerts=OWN, objectives=[], thresholds=[], uses=[])
    folder = written(stack, tmp_path)
    rules = folder / "rules" / "shop.yaml"
    head, *texts = re.split(r"(?m)^(?=      - alert: )", rules.read_text())
    # The alert's own comparison is the last one.
    moved = [re.sub(r"(?s)(.*)(?<!\|)([<>])(\s+)-?[\d.]+", _far, text, count=1) for text in texts]
    rules.write_text("".join([head, *moved]))

    done = run_rule_tests(folder)

    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert [own.alert_name for own in OWN if f'alertname="{own.alert_name}"' not in told] == []


def _far(found: re.Match[str]) -> str:
    """The same comparison with a limit that nothing is beyond."""
    return f"{found[1]}{found[2]}{found[3]}{'' if found[2] == '>' else '-'}1e12"


def test_no_own_alert_may_be_called_like_one_that_a_stack_has_of_itself(declared: Declare) -> None:
    names = {found.name for found in alerts_of(declared(alerts=[]), PRODUCTION)}

    assert names <= TAKEN_NAMES


def test_an_alert_on_what_is_gone_fires_on_nothing_and_that_is_a_test_of_it(declared: Declare, tmp_path: Path) -> None:
    sold = f"sum(rate({FAILED.name}[5m]))"
    own = alert(
        f"absent({sold})",
        name="Gone",
        summary="Nothing is counted.",
        examples=[fires({}), silent({f'{FAILED.name}{{{PAYMENT.name}="card"}}': "0+1x30"})],
    )
    stack = declared(metrics=METRICS, alerts=[own])

    assert uncovered(own_alerts(stack.services[0], PRODUCTION)) == ()
    done = run_rule_tests(written(stack, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_ratio_whose_whole_must_be_larger_than_what_is_fed_gets_no_test(declared: Declare) -> None:
    share = failing / (orders > 5000)
    small = failing / (orders > 10)
    stack = declared(metrics=METRICS, alerts=[above(share, 0.05, name="Share"), above(small, 0.05, name="Small")])

    found = uncovered(own_alerts(stack.services[0], PRODUCTION))

    assert [text.partition(" ")[0] for text in found] == ["Share", "Share"]


def test_a_limit_holds_for_the_service_alone_and_under_its_names(declared: Declare) -> None:
    names = Names({ROUTE.name: "endpoint"})
    busy = total(select(HTTP_REQUESTS).rate("5m"), ROUTE)

    found = one(declared, above(busy, 3, name="Busy", description="{{ $labels.route }} is."), names=names)

    assert found.expression.promql(names) == 'sum by (endpoint) (rate(http_requests_total{service="shop"}[5m])) > 3'
    assert found.annotations["description"] == "{{ $labels.endpoint }} is."


@pytest.mark.parametrize(
    ("own", "summary", "description"),
    [
        (
            above(failed, 0.1, name="OrdersFail"),
            "Orders fail in shop: above the limit of 0.1 per second.",
            "The value is {{ $value | humanize }} per second; it has been above the limit of 0.1 per second for 5 min.",
        ),
        (
            below(select(STOCK), 0.05, name="StockLow", for_="1h"),
            "Stock low in shop: below the limit of 5 %.",
            "The value is {{ $value | humanizePercentage }}; it has been below the limit of 5 % for 1 h.",
        ),
        (
            above(Quantile(0.95, select(WAIT), "5m"), 600, name="SlowWait", summary="Slow.", for_="0s"),
            "Slow.",
            "The value is {{ $value | humanizeDuration }}; it has been above the limit of 600 s just now.",
        ),
    ],
)
def test_texts_that_are_not_written_are_derived(
    declared: Declare, own: OwnAlert, summary: str, description: str
) -> None:
    found = one(declared, own)

    assert (found.annotations["summary"], found.annotations["description"]) == (summary, description)


def test_it_is_routed_and_owned_like_any_other(declared: Declare) -> None:
    own = above(failed, 0.1, name="OrdersFail", severity="critical", suppressed={"some-rule": "because"})
    found = one(declared, own)

    assert (found.team.name, found.severity, found.role, found.declared) == (
        "storefront", "critical", "symptom", own.place,
    )  # fmt: skip
    assert found.suppressed == {"some-rule": "because"}
    text = render(declared(metrics=METRICS, alerts=[own]), PRODUCTION)
    (alertmanager,) = (body for path, body in text.items() if path.name == "alertmanager.yml")
    assert re.search(r"target_matchers:\n *- alertname=~\"[^\"]*OrdersFail", alertmanager)


def test_its_link_opens_the_panel_of_its_limit_its_chart_or_its_metric(declared: Declare) -> None:
    drawn = chart("Orders", orders, help="Orders.")
    for own, key in (
        (above(failed, 0.1, name="OrdersFail"), "alert-ordersfail"),
        (above(failed, 0.1, name="A", chart=drawn), "chart-orders"),
        (alert("sum(test_orders_total) == 0", name="B", summary="B."), "metric-test-orders-total"),
        (alert("up == 0", name="C", summary="C."), "alerts"),
    ):
        found = one(declared, own, charts=[drawn])
        assert f"viewPanel={panel_id(key)}" in found.annotations["dashboard_url"]


def test_raw_promql_is_tested_by_examples_under_any_names(declared: Declare, tmp_path: Path) -> None:
    own = alert(
        'sum by (payment) (rate(test_orders_total{service="shop"}[10m])) == 0',
        name="NoOrders",
        summary="No order is placed.",
        for_="10m",
        examples=[
            fires({'test_orders_total{payment="card"}': "7+0x40"}, labels={PAYMENT.name: "card"}, after="30m"),
            silent({"test_orders_total{payment='card'}": "0+60x40"}, after="30m"),
        ],
    )
    names = Names({PAYMENT.name: "means"}, {ORDERS.name: "sales_total"})
    stack = declared(metrics=METRICS, alerts=[own], names=names, objectives=[], thresholds=[], uses=[])
    folder = written(stack, tmp_path)

    done = run_rule_tests(folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert uncovered(own_alerts(stack.services[0], PRODUCTION)) == ()
    assert 'sales_total{job="shop",instance="shop:8000",service="shop",env="production",means="card"}' in (
        (folder / "tests" / "shop_test.yaml").read_text()
    )


def test_an_example_may_name_what_nobody_declares(declared: Declare, tmp_path: Path) -> None:
    examples = [
        fires({'{__name__="node_load1",mode="x"}': "9+0x40"}, labels={"mode": "x"}),
        silent({"node_load1": "1x40"}),
    ]
    own = alert("sum by (mode) (node_load1) > 5", name="Loaded", summary="Loaded.", examples=examples)
    folder = written(declared(alerts=[own], objectives=[], thresholds=[], uses=[]), tmp_path)

    done = run_rule_tests(folder)

    assert done.returncode == 0, done.stdout + done.stderr


def test_an_example_that_does_not_hold_fails(declared: Declare, tmp_path: Path) -> None:
    own = alert("sum(test_baskets) > 5", name="Full", summary="Full.", examples=[fires({"test_baskets": "4+0x40"})])
    folder = written(declared(metrics=METRICS, alerts=[own], objectives=[], thresholds=[], uses=[]), tmp_path)

    done = run_rule_tests(folder)

    assert done.returncode != 0
    assert "Full" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("own", "missing"),
    [
        (alert("sum(test_baskets) > 5", name="Full", summary="Full."), {"fires", "stays silent when healthy"}),
        (above("sum(test_baskets)", 5, name="Full"), {"fires", "stays silent when healthy"}),
        (above(total(select(FAILED).rate("1m")), 5, name="Full"), {"fires", "stays silent when healthy"}),
        (below(failed, 0, name="Full"), {"fires", "stays silent when healthy"}),
        (
            alert("absent(test_baskets)", name="Full", summary="Full."),
            {"fires", "stays silent when healthy", "stays silent when the target never existed"},
        ),
        (
            alert(
                "absent(test_baskets)", name="Full", summary="F.", examples=[fires({}), silent({"test_baskets": "1x9"})]
            ),
            set[str](),
        ),
    ],
)
def test_what_no_test_covers_is_told(declared: Declare, own: OwnAlert, missing: set[str]) -> None:
    stack = declared(metrics=METRICS, alerts=[own])

    assert {line.partition(": ")[2] for line in uncovered(own_alerts(stack.services[0], PRODUCTION))} == missing


def test_the_runbook_is_what_the_team_wrote_and_the_rest_is_derived(declared: Declare) -> None:
    def orders_fail() -> None:
        """What the team writes.

        ## Impact
        No money comes in, not one $.

        ## First checks
        1. Place an order yourself:

           ```promql
           sum(test_orders_total{payment="card"})
           ```
        """

    stack = declared(metrics=METRICS, alerts=[above(failed, 0.1, name="OrdersFail", runbook=orders_fail)])
    (page,) = (text for path, text in render(stack, PRODUCTION).items() if path.name == "OrdersFail.md")

    assert "No money comes in, not one $.\n" in page
    assert 'sum(test_orders_total{payment="card"})' in page
    assert "It began with a release: roll back first." in page
    assert "it is above 0.1 per second for 5 min." in page
    (found,) = own_alerts(stack.services[0], PRODUCTION)
    assert found.runbook.first_check == "Place an order yourself"


def test_a_runbook_that_nobody_wrote_has_checks_and_says_so(declared: Declare) -> None:
    found = one(declared, above(failed, 0.1, name="OrdersFail"))

    assert "Nobody has written down whom this hurts. Ask team storefront." in found.runbook.sections["Impact"]
    assert 'sum(rate(test_orders_failed_total{service="shop"}[5m]))' in found.runbook.sections["First checks"]
    assert one(declared, above(failed, 0.1, name="A", description="Nobody buys.")).runbook.sections["Impact"] == (
        "Nobody buys."
    )


def test_two_severities_of_one_name_share_a_page_with_both_limits(declared: Declare) -> None:
    own = [above(failed, 0.1, name="OrdersFail"), above(failed, 0.5, name="OrdersFail", severity="critical")]
    pages = render(declared(metrics=METRICS, alerts=own), PRODUCTION)
    (page,) = (text for path, text in pages.items() if path.name == "OrdersFail.md")

    assert "## warning\n" in page
    assert "## critical\n" in page
    assert page.count("## Mitigation") == 1
