"""The whole loop on real input: from a request to a notification, and back to silence."""

import asyncio
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from watchbill import Service
from watchbill.catalogue import METRICS, SERVICE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import ALERT_NAME, ALERTS
from watchbill.links import overview_uid
from watchbill.testing import Exposition
from watchbill_reference.backends import backends
from watchbill_reference.shop.metrics import ORDERS, PAYMENT
from watchbill_reference.stack import content_filter, shop, stack
from watchbill_stack.native.health import Health, look
from watchbill_stack.native.running import RunningStack, running
from watchbill_stack.native.site import PAGE, PROMETHEUS

_NOTIFIED_WITHIN = 10
_CLIENTS, _SECONDS = 10, 30
_BURNING = "ErrorBudgetBurnFast"


@pytest.fixture(scope="module")
def started() -> Iterator[RunningStack]:
    with running(stack, backends=backends) as started:
        yield started


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


@pytest.fixture(autouse=True)
def _everything_well(started: RunningStack, client: httpx.Client) -> None:
    """Whatever a test broke, the next one begins with a healthy stack."""
    _until(lambda: not look(started, client).reasons(), 90, lambda: str(look(started, client).reasons()))


def test_every_target_is_up_every_rule_healthy_and_every_panel_has_data(
    started: RunningStack, client: httpx.Client
) -> None:
    health: Health = look(started, client)

    assert health.reasons() == []
    assert health.targets.good == health.targets.total >= 7
    assert health.rules.good == health.rules.total > 30
    assert health.panels.good == health.panels.total > 40
    listed = client.get(started.site.url(PAGE) + "/api/dashboards").json()
    assert {one["uid"] for one in listed} == {overview_uid(service.name) for service in stack.services}


def test_other_users_can_read_nothing_of_a_run(started: RunningStack) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in started.site.folder.iterdir()}

    assert set(modes.values()) == {0}, modes


@pytest.mark.parametrize("service", stack.services, ids=lambda service: service.name)
def test_each_backend_exposes_its_own_names_alone(
    started: RunningStack, client: httpx.Client, service: Service
) -> None:
    text = client.get(started.site.url(service.name) + service.metrics_path).text

    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    renamed = {one.name: service.names.metric(one) for one in METRICS.values() if service.names.metric(one) != one.name}
    assert families.isdisjoint(renamed)
    assert not renamed or families & set(renamed.values())
    own = f"{service.names.metric(HTTP_REQUEST_DURATION)}_count"
    assert set(re.findall(rf"^{own}\{{.*?(\w+)=\"[^\"]*\"\}}", text, re.MULTILINE)) == {service.names.label(ROUTE)}
    query = f'count({own}{{{SERVICE.name}="{service.name}",{service.names.label(ROUTE)}!=""}}) > 0'
    assert _asked(started, client, query)


def test_what_the_shop_counts_of_its_own_is_drawn_and_its_alerts_are_silent(
    started: RunningStack, client: httpx.Client
) -> None:
    by = f"{SERVICE.name}, {PAYMENT.name}"
    _until(
        lambda: len(_asked(started, client, f"sum by ({by}) (rate({ORDERS.name}[1m])) > 0")) == len(PAYMENT.values), 60
    )

    rules = client.get(started.site.url(PROMETHEUS) + "/api/v1/rules").json()["data"]["groups"]
    states = {rule["name"]: rule["state"] for group in rules for rule in group["rules"] if rule["type"] == "alerting"}
    assert [states[own.alert_name] for own in shop.alerts] == ["inactive"] * 2


@pytest.mark.parametrize("service", stack.services, ids=lambda service: service.name)
def test_killing_a_backend_notifies_its_team_and_starting_it_again_resolves(
    started: RunningStack, client: httpx.Client, service: Service
) -> None:
    notification = _killed_and_notified(started, client, service.name, "TargetDown")

    assert notification["service"] == service.name
    assert notification["receiver"] == f"{service.team.name}-page"
    _assert_useful(notification, client)
    _restarted_and_resolved(started, client, service.name, "TargetDown")


def test_killing_redis_notifies_its_team_and_starting_it_again_resolves(
    started: RunningStack, client: httpx.Client
) -> None:
    notification = _killed_and_notified(started, client, "cache", "RedisDown")

    assert all(service.name in notification["description"] for service in stack.services)
    assert notification["receiver"] == "storefront-page"
    _assert_useful(notification, client)
    _restarted_and_resolved(started, client, "cache", "RedisDown")


def test_failing_requests_burn_the_budget_of_their_service_and_page_its_team(
    started: RunningStack, client: httpx.Client
) -> None:
    """The shop fails as it is asked to; the filter fails late, because what it calls does not answer."""
    checkout, texts = started.site.url("shop") + "/api/checkout?fail=true", started.site.url("filter") + "/v1/filter"
    slow = f'{ALERTS.name}{{{ALERT_NAME.name}="{_BURNING}",{SLO.name}="{content_filter.objectives[1].name}"}}'
    started.children["moderation"].signal(signal.SIGSTOP)

    def judged(number: int) -> int:
        return client.post(texts, json={"text": f"{number} {time.monotonic()}", "user": "test"}).status_code

    def failing_until_paged() -> bool:
        assert {client.post(checkout).status_code for _ in range(40)} == {500}
        assert set(pool.map(judged, range(_CLIENTS))) == {503}
        paged = all(_burning(started, client, service) for service in stack.services)
        return paged and bool(_asked(started, client, slow))

    with ThreadPoolExecutor(_CLIENTS) as pool:
        _until(failing_until_paged, 60)
    for service in stack.services:
        notification = _burning(started, client, service)
        assert notification is not None
        assert notification["receiver"] == f"{service.team.name}-page"
        _assert_useful(notification, client)
    started.children["moderation"].signal(signal.SIGCONT)
    started.children["prometheus"].signal(signal.SIGKILL)
    _forget_history(started)


def test_ten_clients_for_half_a_minute_are_counted_exactly_and_none_fails(
    started: RunningStack, client: httpx.Client
) -> None:
    started.children["load"].signal(signal.SIGKILL)
    time.sleep(0.5)
    before = _counted(started, client)

    sent, failed = asyncio.run(_ten_clients(started.site.url("shop")))

    assert failed == []
    assert sent > 1000
    assert _counted(started, client) - before == sent
    started.restart("load")


@pytest.mark.golden
def test_the_shop_answers_its_operators_own_queries(started: RunningStack, client: httpx.Client) -> None:
    """REQUIREMENTS E: the queries that stand in their Grafana today, unchanged."""
    for query in (
        "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))",
        'sum(rate(http_requests_total{status=~"4..|5.."}[5m])) / sum(rate(http_requests_total[5m]))',
        'sum by (endpoint) (rate(http_requests_total{endpoint="/api/search"}[5m]))',
    ):
        answer = client.get(started.site.url(PROMETHEUS) + "/api/v1/query", params={"query": query}).json()
        if "4..|5.." not in query:
            assert answer["data"]["result"], query
        assert answer["status"] == "success"


def _killed_and_notified(started: RunningStack, client: httpx.Client, child: str, alert: str) -> dict[str, str]:
    before = _last(started, client)
    started.children[child].signal(signal.SIGKILL)
    _until(lambda: _notification(started, client, alert, "firing", before) is not None, _NOTIFIED_WITHIN)
    notification = _notification(started, client, alert, "firing", before)
    assert notification is not None
    return notification


def _restarted_and_resolved(started: RunningStack, client: httpx.Client, child: str, alert: str) -> None:
    before = _last(started, client)
    started.restart(child)
    _until(lambda: _notification(started, client, alert, "resolved", before) is not None, 30)


def _burning(started: RunningStack, client: httpx.Client, service: Service) -> dict[str, str] | None:
    kept = _kept(started, client)
    return next((one for one in kept if (one["alertname"], one["service"]) == (_BURNING, service.name)), None)


def _notification(
    started: RunningStack, client: httpx.Client, alert: str, status: str, after: int
) -> dict[str, str] | None:
    kept = _kept(started, client)
    return next(
        (one for one in kept if int(one["id"]) > after and one["alertname"] == alert and one["status"] == status), None
    )


def _last(started: RunningStack, client: httpx.Client) -> int:
    return max((int(one["id"]) for one in _kept(started, client)), default=0)


def _kept(started: RunningStack, client: httpx.Client) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = client.get(started.site.url(PAGE) + "/api/notifications").json()
    return kept


def _asked(started: RunningStack, client: httpx.Client, query: str) -> list[object]:
    answer = client.get(started.site.url(PROMETHEUS) + "/api/v1/query", params={"query": query}).json()
    found: list[object] = answer["data"]["result"]
    return found


def _assert_useful(notification: dict[str, str], client: httpx.Client) -> None:
    """It says what broke and what to do, and both links lead somewhere."""
    assert notification["summary"]
    assert notification["description"]
    assert "<no value>" not in notification["summary"] + notification["description"]
    runbook = client.get(notification["runbook_url"])
    assert runbook.status_code == 200
    assert notification["alertname"] in runbook.text
    assert client.get(notification["dashboard_url"]).status_code == 200
    address = urlsplit(notification["dashboard_url"])
    uid = address.path.removeprefix("/d/")
    dashboard: dict[str, Any] = client.get(f"{address.scheme}://{address.netloc}/api/dashboards/{uid}").json()
    (panel,) = parse_qs(address.query)["viewPanel"]
    assert int(panel) in {one["id"] for one in dashboard["panels"]}


def _counted(started: RunningStack, client: httpx.Client) -> float:
    text = client.get(started.site.url("shop") + "/metrics").text
    labels = {METHOD: "GET", ROUTE: "/api/products/{number}", STATUS: "200"}
    return Exposition.parse(text, shop.names).value(HTTP_REQUESTS, labels)


async def _ten_clients(base: str) -> tuple[int, list[str]]:
    end = time.monotonic() + _SECONDS
    failed: list[str] = []

    async def one(number: int) -> int:
        sent = 0
        async with httpx.AsyncClient(base_url=base, timeout=10) as client:
            while time.monotonic() < end:
                answer = await client.get(f"/api/products/{1 + (number * 97 + sent) % 2000}")
                sent += 1
                if not answer.is_success:
                    failed.append(answer.text)
        return sent

    return sum(await asyncio.gather(*(one(number) for number in range(_CLIENTS)))), failed


def _forget_history(started: RunningStack) -> None:
    """Start Prometheus on an empty database, so that the burnt budget does not follow the other tests."""
    prometheus = started.children["prometheus"]
    prometheus.kill_group()
    data = started.site.data("prometheus")
    for path in sorted(data.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    started.restart("prometheus")


def _until(condition: Callable[[], bool], seconds: float, describe: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {describe()}"
        time.sleep(0.2)
