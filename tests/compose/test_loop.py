"""The whole loop on real input: from a request to a notification, and back to silence."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from watchbill.catalogue.http import HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.testing import Exposition
from watchbill_reference.backends import backends
from watchbill_reference.stack import shop, stack
from watchbill_stack.native.health import Health, look
from watchbill_stack.native.running import RunningStack, running
from watchbill_stack.native.site import PAGE, PROMETHEUS

_NOTIFIED_WITHIN = 10
_CLIENTS, _SECONDS = 10, 30


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
    assert health.targets.good == health.targets.total >= 6
    assert health.rules.good == health.rules.total > 30
    assert health.panels.good == health.panels.total > 20


def test_other_users_can_read_nothing_of_a_run(started: RunningStack) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in started.site.folder.iterdir()}

    assert set(modes.values()) == {0}, modes


def test_killing_the_shop_notifies_its_team_and_starting_it_again_resolves(
    started: RunningStack, client: httpx.Client
) -> None:
    notification = _killed_and_notified(started, client, "shop", "TargetDown")

    assert notification["service"] == shop.name
    assert notification["receiver"] == "storefront-page"
    _assert_useful(notification, client)
    _restarted_and_resolved(started, client, "shop", "TargetDown")


def test_killing_redis_notifies_its_team_and_starting_it_again_resolves(
    started: RunningStack, client: httpx.Client
) -> None:
    notification = _killed_and_notified(started, client, "cache", "RedisDown")

    assert notification["receiver"] == "storefront-page"
    _assert_useful(notification, client)
    _restarted_and_resolved(started, client, "cache", "RedisDown")


def test_a_failing_endpoint_burns_the_budget_and_pages(started: RunningStack, client: httpx.Client) -> None:
    checkout = started.site.url("shop") + "/api/checkout?fail=true"

    def failing_until_paged() -> bool:
        statuses = {client.post(checkout).status_code for _ in range(40)}
        assert statuses == {500}
        return _notification(started, client, "ErrorBudgetBurnFast", "firing") is not None

    _until(failing_until_paged, 60)
    notification = _notification(started, client, "ErrorBudgetBurnFast", "firing")
    assert notification is not None
    _assert_useful(notification, client)
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
    started.children[child].signal(signal.SIGKILL)
    _until(lambda: _notification(started, client, alert, "firing") is not None, _NOTIFIED_WITHIN)
    notification = _notification(started, client, alert, "firing")
    assert notification is not None
    return notification


def _restarted_and_resolved(started: RunningStack, client: httpx.Client, child: str, alert: str) -> None:
    started.restart(child)
    _until(lambda: _notification(started, client, alert, "resolved") is not None, 30)


def _notification(started: RunningStack, client: httpx.Client, alert: str, status: str) -> dict[str, str] | None:
    kept: list[dict[str, str]] = client.get(started.site.url(PAGE) + "/api/notifications").json()
    return next((one for one in kept if one["alertname"] == alert and one["status"] == status), None)


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
