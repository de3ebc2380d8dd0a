"""Limits on labels and budgets of series: declared once, checked, and kept by instrumentation."""

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from watchbill import Counter, Label, Observability, Service, Team
from watchbill.catalogue import INSTANCE
from watchbill.catalogue.cache import CACHE, LAYER
from watchbill.catalogue.http import HTTP_REQUESTS, METHOD, ROUTE
from watchbill.catalogue.process import VERSION
from watchbill.catalogue.watching import DROPPED_SERIES, METRIC
from watchbill.errors import InvalidDeclaration
from watchbill.stack import Stack
from watchbill.testing import Exposition
from watchbill_alerts.receivers import Slack

CHANNEL = Slack("#storefront", url_file="/run/secrets/slack")
TEAM = Team("storefront", page=CHANNEL, ticket=CHANNEL)
BRANCH = Label(name="branch", help="Where.", bound=10)
ORDERS = Counter(name="orders_total", help="Orders.", labels=(BRANCH,))


def causes(service: Service) -> list[str]:
    return [problem.cause for problem in service.problems()]


async def test_an_observability_keeps_to_the_limits_of_its_service() -> None:
    app = FastAPI()
    for path in ("/a", "/b", "/c", "/d"):
        app.get(path)(lambda: None)
    service = Service("shop", team=TEAM, label_limits={ROUTE: 2})
    obs = Observability(service, registry=CollectorRegistry(), logging=None, tracing=None).instrument(app)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        for path in ("/a", "/b", "/c", "/d"):
            await client.get(path)
    obs.uninstrument(app)

    found = Exposition.of(obs)
    assert found.values_of(HTTP_REQUESTS, ROUTE) == {"/a", "/b", "_other"}
    assert found.value(DROPPED_SERIES, {METRIC: HTTP_REQUESTS.name}) == 2


def test_limits_on_open_labels_of_the_catalogue_and_of_its_own_metrics_are_right() -> None:
    assert causes(Service("shop", team=TEAM, metrics=[ORDERS], label_limits={ROUTE: 12, BRANCH: 9})) == []


@pytest.mark.parametrize(
    ("limits", "cause"),
    [
        ({METHOD: 3}, "the values of 'method' are given"),
        ({LAYER: 1}, "the values of 'layer' are given"),
        ({ROUTE: 0}, "'route' may take 0 values"),
        ({ROUTE: ROUTE.limit}, f"'route' may take {ROUTE.limit} values"),
        ({ROUTE: True}, "'route' may take True values"),
        ({ROUTE: 2.5}, "'route' may take 2.5 values"),
        ({BRANCH: 3}, "names 'branch'"),
        ({INSTANCE: 3}, "names 'instance'"),
        ({METRIC: 3}, "the values of 'metric' are given"),
        ({VERSION: 3}, "the values of 'version' are given"),
        ({"route": 3}, "names 'route'"),
        ([ROUTE], "no mapping"),
    ],
)
def test_a_limit_that_means_nothing_is_a_mistake(limits: object, cause: str) -> None:
    (found,) = causes(Service("shop", team=TEAM, label_limits=limits))  # type: ignore[arg-type]  # what users may write

    assert cause in found


def test_all_mistakes_are_named_at_once() -> None:
    assert len(causes(Service("shop", team=TEAM, label_limits={METHOD: 3, CACHE: 0}, series_budget=0))) == 3


def test_an_observability_refuses_a_service_whose_limits_are_wrong() -> None:
    service = Service("shop", team=TEAM, label_limits={METHOD: 3})

    with pytest.raises(InvalidDeclaration, match="the values of 'method' are given"):
        Observability(service, registry=CollectorRegistry())


@pytest.mark.parametrize("budget", [0, -5, 1.5, "many", True])
def test_a_budget_is_a_whole_number_of_series(budget: object) -> None:
    (of_service,) = causes(Service("shop", team=TEAM, series_budget=budget))  # type: ignore[arg-type]  # as above
    of_stack = Stack(Service("shop", team=TEAM), series_budget=budget).problems()  # type: ignore[arg-type]  # as above

    assert f"series_budget of service 'shop' is {budget!r}" in of_service
    assert [one.cause for one in of_stack] == [f"series_budget of the stack is {budget!r}"]
