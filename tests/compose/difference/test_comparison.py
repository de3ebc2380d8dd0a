"""Two states of a stack, and what changed between them in words."""

import json
import re
from dataclasses import replace

import pytest

from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue import Counter, Gauge, Label
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.objectives import error_ratio
from watchbill.objective import Objective
from watchbill.profile import Profile
from watchbill_stack import Slack, Stack, Webhook
from watchbill_stack.difference.change import Change
from watchbill_stack.difference.comparison import Difference, compare
from watchbill_stack.difference.state import ALERTMANAGER, METRICS, State

PAYMENT = Label(name="payment", help="How it was paid.", values=("card", "invoice"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(PAYMENT,))
TEAM = Team("storefront", page=Webhook("https://pager.example.com/a"), ticket=Slack("#a", url_file="/run/secrets/a"))
CACHE = Redis("cache", address="cache:6379")
SHOP = Service(
    "shop",
    team=TEAM,
    tier=1,
    targets=["shop:8000"],
    uses=[CACHE],
    objectives=[availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
    thresholds=[max_error_ratio(0.01), max_latency(2.0, percentile=95)],
    metrics=[ORDERS],
    names=Names({ROUTE.name: "endpoint"}),
)
BURNS = [f"ErrorBudgetBurn{tier}" for tier in ("Fast", "Medium", "Slow", "Trickle")]


def _state(*services: Service, grafana: str = "https://grafana.example.com") -> State:
    stack = Stack(*services, dashboards=grafana, runbooks="https://runbooks.example.com")
    return State.of_stack(stack, Profile.production())


BASE = _state(SHOP)


def _difference(*services: Service) -> Difference:
    return compare(BASE, _state(*services))


def _lines(*services: Service) -> list[str]:
    return [f"{change.area} {change.line}" for change in _difference(*services).changes]


def _only(*services: Service) -> Change:
    (change,) = _difference(*services).changes
    return change


def test_nothing_changed_between_a_state_and_itself() -> None:
    assert _lines(SHOP) == []


@pytest.mark.parametrize(
    ("index", "objective", "said"),
    [
        (0, availability(99.95), "availability of shop: 99.9 % → 99.95 %"),
        (0, availability(99), "availability of shop: 99.9 % → 99 %"),
        (1, latency(0.5, 99), "latency-0-5s of shop: 95 % → 99 %"),
        (2, latency(0.3, 95, route="/api/search"), "latency-0-3s-api-search of shop: 99 % → 95 %"),
    ],
)
def test_another_share_asked_for_is_one_line_with_the_alerts_affected(
    index: int, objective: Objective, said: str
) -> None:
    objectives = [objective if one == index else kept for one, kept in enumerate(SHOP.objectives)]

    change = _only(replace(SHOP, objectives=objectives))

    assert change.line == f"{said}; alerts affected: {', '.join([*BURNS, 'ErrorBudgetExhausted'])}"
    assert not change.breaking


def test_another_time_asked_for_is_one_line_and_breaks_who_reads_the_label() -> None:
    faster = replace(SHOP, objectives=[SHOP.objectives[0], latency(0.25, 95), SHOP.objectives[2]])

    change = _only(faster)

    assert change.detail == "within 0.5 s → within 0.25 s, label slo latency-0-5s → latency-0-25s"
    assert {*BURNS} <= {*change.alerts}
    assert change.breaking


def test_two_objectives_that_change_at_once_are_two_lines() -> None:
    stricter = [availability(99.99), latency(0.5, 98), SHOP.objectives[2]]

    assert [line.partition(";")[0] for line in _lines(replace(SHOP, objectives=stricter))] == [
        "objective availability of shop: 99.9 % → 99.99 %",
        "objective latency-0-5s of shop: 95 % → 98 %",
    ]


def test_an_objective_that_came_or_went_is_one_line() -> None:
    fewer, more = SHOP.objectives[:2], [*SHOP.objectives, availability(99, route="/pay")]

    gone, come = _only(replace(SHOP, objectives=fewer)), _only(replace(SHOP, objectives=more))

    assert gone.line.startswith(
        "latency-0-3s-api-search of shop: removed; it asked for 99 %; alerts affected: ErrorBud"
    )
    assert gone.breaking
    assert come.line.startswith("availability-pay of shop: added: 99 %; alerts affected: ErrorBudgetBurnFast")
    assert not come.breaking


def test_an_alert_that_changed_beside_its_objective_is_said_beside_it() -> None:
    state = _state(replace(SHOP, objectives=[availability(99.95), *SHOP.objectives[1:]]))
    path = next(path for path in state.files if path.name == "shop.yaml")
    edited = state.files[path].replace("0.0072)", "0.0073)")

    changes = compare(BASE, State("edited", {**state.files, path: edited})).changes

    assert [(change.area, change.name) for change in changes] == [
        ("objective", "availability of shop"),
        ("alert", "ErrorBudgetBurnFast of shop (availability, fast)"),
    ]
    assert changes[1].detail == "threshold 0.0144 → 0.0073"


def test_a_limit_is_said_with_its_numbers_and_its_panels_follow() -> None:
    change = _only(replace(SHOP, thresholds=[max_error_ratio(0.02), SHOP.thresholds[1]]))

    assert change.line == "HighErrorRatio of shop: threshold 0.01 → 0.02, threshold 100 → 50"
    assert change.follows["panels"] > 0


def test_how_long_how_bad_and_whom_are_said_in_one_line() -> None:
    worse = max_error_ratio(0.01, for_="10m", severity="critical")

    change = _only(replace(SHOP, thresholds=[worse, SHOP.thresholds[1]]))

    assert change.line == (
        "HighErrorRatio of shop: for 5m → 10m, severity warning → critical,"
        " notifies storefront-ticket → storefront-page"
    )


def test_an_alert_that_went_is_breaking_and_takes_its_inhibitions_along() -> None:
    difference = _difference(replace(SHOP, thresholds=SHOP.thresholds[1:]))

    assert [change.name for change in difference.breaking] == ["HighErrorRatio of shop"]
    assert not [change for change in difference.changes if change.area == "inhibition"]


def test_an_alert_that_came_says_whom_it_tells() -> None:
    base = _state(replace(SHOP, thresholds=SHOP.thresholds[1:]))

    lines = [change.line for change in compare(base, BASE).changes if change.area == "alert"]

    assert lines == ["HighErrorRatio of shop: added: severity warning, for 5m, notifies storefront-ticket"]


def test_a_renamed_label_is_one_breaking_line_that_everything_follows() -> None:
    change = _only(replace(SHOP, names=Names({ROUTE.name: "handler"})))

    assert change.line.startswith("label endpoint of shop: renamed to handler")
    assert change.breaking
    assert {"recorded series", "panels", "variables"} <= change.follows.keys()


def test_a_renamed_metric_and_a_renamed_recorded_name_are_breaking() -> None:
    recorded = error_ratio("1h").name
    names = Names({ROUTE.name: "endpoint"}, {HTTP_REQUESTS.name: "web_requests_total", recorded: "slo:errors:rate1h"})

    difference = _difference(replace(SHOP, names=names))

    assert [change.line.partition(";")[0] for change in difference.changes] == [
        f"{HTTP_REQUESTS.name} of shop: renamed to web_requests_total",
        f"{recorded} of shop: renamed to slo:errors:rate1h",
    ]
    assert len(difference.breaking) == 2


@pytest.mark.parametrize(
    ("metric", "expected", "breaking"),
    [
        (replace(ORDERS, name="shop_baskets_total"), "shop_orders_total of shop: renamed to shop_baskets_total", True),
        (replace(ORDERS, labels=()), "shop_orders_total of shop: label payment removed", True),
        (replace(ORDERS, help="Orders."), "shop_orders_total of shop: its meaning is said otherwise", False),
        (
            replace(ORDERS, labels=(replace(PAYMENT, values=("card", "cash")),)),
            "shop_orders_total of shop: label payment no longer takes invoice, label payment can take cash",
            False,
        ),
        (
            Gauge(name="shop_open_orders", help="Orders that wait."),
            "shop_orders_total of shop: removed",
            True,
        ),
    ],
)
def test_a_services_own_metric_is_compared_by_kind_unit_and_labels(
    metric: Counter | Gauge, expected: str, breaking: bool
) -> None:
    changes = [one for one in _difference(replace(SHOP, metrics=[metric])).changes if one.area == "metric"]

    assert expected in [change.line for change in changes]
    assert any(change.breaking for change in changes) == breaking


def test_a_metric_that_becomes_another_kind_is_breaking() -> None:
    gauge = Gauge(name="shop_orders", help="Orders.")
    before = _state(replace(SHOP, metrics=[Counter(name="shop_orders", help="Orders.", community_name=True)]))

    changes = [one for one in compare(before, _state(replace(SHOP, metrics=[gauge]))).changes if one.area == "metric"]

    assert [(change.detail, change.breaking) for change in changes] == [("kind counter → gauge", True)]


def test_bounds_that_no_objective_asked_for_are_said() -> None:
    bounds = (0.1, 0.3, 0.5, 1, 2, 5)

    changes = [one for one in _difference(replace(SHOP, latency_bounds=bounds)).changes if one.area == "metric"]

    assert len(changes) == 1
    assert "bounds removed: 0.005" in changes[0].detail
    assert "bounds added: 2" in changes[0].detail


def test_a_whole_service_is_one_line() -> None:
    assert _lines(SHOP, replace(SHOP, name="cart", uses=[]))[0].startswith("service cart: added: ")
    assert not [line for line in _lines(SHOP, replace(SHOP, name="cart", uses=[])) if "ErrorBudget" in line]

    difference = compare(_state(SHOP, replace(SHOP, name="cart", uses=[])), BASE)
    assert [change.detail.partition(":")[0] for change in difference.breaking] == ["removed"]


def test_a_dependency_that_came_brings_its_alerts_and_panels_along() -> None:
    difference = _difference(replace(SHOP, uses=[CACHE, Postgres("orders", address="orders:5432")]))

    dependency = next(change for change in difference.changes if change.area == "dependency")
    assert dependency.line == "orders: added: postgres; alerts affected: PostgresDown, ExporterCollectorFailing"
    assert not [change for change in difference.changes if change.area in {"panel", "inhibition"}]


def test_addresses_that_moved_are_one_line_for_all_alerts() -> None:
    (change,) = compare(BASE, _state(SHOP, grafana="https://g.example.org/grafana")).changes

    assert change.line.endswith(" alerts: https://grafana.example.com → https://g.example.org/grafana")


def test_what_many_alerts_have_in_common_is_said_once_with_their_names() -> None:
    lines = _lines(replace(SHOP, env="staging"))

    assert len([line for line in lines if line.startswith("alert ")]) == 1
    assert re.match(r"alert \d\d alerts of shop: env production → staging; alerts affected: TargetDown, ", lines[0])


def test_scrape_jobs_are_compared_by_their_settings() -> None:
    assert "scraping job shop: static_configs.targets shop:8000 → shop:8000, shop:8001" in _lines(
        replace(SHOP, targets=["shop:8000", "shop:8001"])
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Error ratio", "Share of errors", "title 'Error ratio' → 'Share of errors'"),
        ('"type": "stat"', '"type": "gauge"', "type stat → gauge"),
        ('"unit": "reqps"', '"unit": "ops"', "unit reqps → ops"),
        ("[5m]", "[10m]", "window 5m → 10m"),
        ('"w": 12', '"w": 11', "size 12×8 → 11×8"),
    ],
)
def test_panels_are_compared_by_what_a_reader_sees(old: str, new: str, expected: str) -> None:
    path = next(path for path in BASE.files if path.name == "shop-overview.json")
    edited = BASE.files[path].replace(old, new)

    changes = compare(BASE, State("edited", {**BASE.files, path: edited})).changes

    assert changes
    assert all(change.area == "panel" for change in changes)
    assert any(expected in change.line for change in changes)


def test_a_panel_that_went_is_breaking() -> None:
    changes = [one for one in _difference(replace(SHOP, metrics=[])).changes if one.area == "panel"]

    assert changes
    assert all((change.verb, change.breaking) == ("removed", True) for change in changes)


def test_a_panel_that_stands_elsewhere_is_moved_and_those_that_make_room_are_not() -> None:
    path = next(path for path in BASE.files if path.name == "shop-overview.json")
    content = json.loads(BASE.files[path])
    moved = next(panel for panel in content["panels"] if panel["title"] == "Error ratio")
    moved["gridPos"]["y"] = 10_000
    lower = next(panel for panel in content["panels"] if panel["type"] != "row" and panel["gridPos"]["y"] > 1)
    lower["gridPos"]["x"] += 1

    (change,) = compare(BASE, State("edited", {**BASE.files, path: json.dumps(content)})).changes

    assert (change.verb, change.breaking) == ("moved", False)
    assert change.name == "'Error ratio' of shop-overview"
    assert change.detail.startswith("moved from 'Errors' to ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("alert: HighErrorRatio", "alert: TooManyErrors", "alert HighErrorRatio of shop: renamed to TooManyErrors"),
        (
            "record: slo:period_error:ratio",
            "record: slo:missed:ratio",
            "recording slo:period_error:ratio of shop (availability): renamed to slo:missed:ratio",
        ),
    ],
)
def test_a_rule_under_another_name_is_renamed_and_breaking(old: str, new: str, expected: str) -> None:
    path = next(path for path in BASE.files if path.name == "shop.yaml")

    changes = compare(BASE, State("edited", {**BASE.files, path: BASE.files[path].replace(old, new)})).changes

    assert expected in [f"{change.area} {change.line}" for change in changes]
    assert all(change.breaking for change in changes if change.verb == "renamed")


def test_routes_receivers_and_inhibitions_are_compared() -> None:
    web = Team("web", page=TEAM.page, ticket=Webhook("https://tickets.example.com"))
    slower = replace(Profile.production(), group_wait=60)
    state = State.of_stack(
        Stack(
            replace(SHOP, team=web), dashboards="https://grafana.example.com", runbooks="https://runbooks.example.com"
        ),
        slower,
    )

    lines = [f"{change.area} {change.line}" for change in compare(BASE, state).changes]

    assert "route what nobody claims: group_wait 30s → 1m" in lines
    assert 'route team="web": added: notifies web-ticket' in lines
    assert "receiver web-ticket: added: webhook" in lines
    assert "receiver storefront-page: removed" in lines
    assert any("notifies storefront-page → web-page; alerts affected: TargetDown" in line for line in lines)


def test_an_inhibition_that_somebody_took_out_is_said() -> None:
    text = BASE.files[ALERTMANAGER]
    edited = re.sub(r"  - source_matchers:\n      - tier=\"fast\"(.|\n)*?(?=  - source_matchers)", "", text)

    (change,) = compare(BASE, State("edited", {**BASE.files, ALERTMANAGER: edited})).changes

    assert change.line == "tier=fast: no longer silences tier=medium, tier=slow, tier=trickle"


def test_a_state_without_metrics_is_compared_as_far_as_it_goes() -> None:
    older = State("v0", {path: text for path, text in BASE.files.items() if path != METRICS})

    difference = compare(older, _state(replace(SHOP, objectives=[availability(99.95), *SHOP.objectives[1:]])))

    assert [change.area for change in difference.changes] == ["objective"]
    assert difference.remarks == (f"v0 holds no {METRICS}; metrics and names are not compared",)
