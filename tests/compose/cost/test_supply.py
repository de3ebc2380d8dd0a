"""Which of the predicted series a selector reads."""

import pytest

from tests.compose.cost.small_stack import predicted, service
from watchbill import Redis
from watchbill.catalogue.http import HTTP_REQUEST_SIZE, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill_stack.cost.selection import selections
from watchbill_stack.cost.supply import Supply

ROUTES, STATUSES = 9, 6
ALL = len(METHOD.values) * (ROUTES + 1) * (STATUSES + 1)


@pytest.fixture(scope="module")
def supply() -> Supply:
    limits = {ROUTE: ROUTES, STATUS: STATUSES}
    cache = Redis("cache")
    services = (
        service("shop", label_limits=limits, uses=[cache], targets=["a:1", "b:1"]),
        service("till", label_limits=limits, env="test", uses=[cache]),
    )
    return Supply(predicted(*services).jobs)


def series(supply: Supply, text: str) -> int:
    return sum(portion.series for one in selections(text) for portion in supply.portions(one))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("", 3 * ALL),
        ('service="shop"', 2 * ALL),
        ('service="shop",instance="a:1"', ALL),
        ('service=~"shop|till"', 3 * ALL),
        ('service=~".*"', 3 * ALL),
        ('service!="shop"', ALL),
        ('env="test"', ALL),
        ('env="production",service="till"', 0),
        ('job="till"', ALL),
        ('service="nobody"', 0),
        ('service="till",method="GET"', ALL // len(METHOD.values)),
        ('service="till",method=~"GET|POST"', 2 * ALL // len(METHOD.values)),
        ('service="till",method=~"P.*"', 3 * ALL // len(METHOD.values)),
        ('service="till",method!="GET"', 9 * ALL // len(METHOD.values)),
        ('service="till",method="get"', 0),
        ('service="till",route="/"', ALL // (ROUTES + 1)),
        ('service="till",route=~"/a|/b"', 2 * ALL // (ROUTES + 1)),
        ('service="till",route!="/"', ALL),
        ('service="till",status=~"5.."', ALL),
    ],
)
def test_conditions_narrow_what_is_read(supply: Supply, conditions: str, expected: int) -> None:
    assert series(supply, f"{HTTP_REQUESTS.name}{{{conditions}}}") == expected


def test_one_bucket_bound_is_a_series_for_each_combination(supply: Supply) -> None:
    routes = len(METHOD.values) * (ROUTES + 1)
    bucket = f"{HTTP_REQUEST_SIZE.name}_bucket"

    assert series(supply, f'{bucket}{{service="till"}}') == routes * (len(HTTP_REQUEST_SIZE.buckets) + 1)
    assert series(supply, f'{bucket}{{service="till",le="100.0"}}') == routes
    assert series(supply, f'{bucket}{{service="till",le="101.0"}}') == 0
    assert series(supply, f'{HTTP_REQUEST_SIZE.name}_count{{service="till"}}') == routes


def test_a_dependency_is_found_by_its_name(supply: Supply) -> None:
    assert series(supply, f'{REDIS_UP.name}{{dependency="cache"}}') == 1
    assert series(supply, f'{REDIS_UP.name}{{dependency="other"}}') == 0


def test_every_target_is_up_once(supply: Supply) -> None:
    # Three of services, one Redis, and the exporter.
    assert series(supply, UP.name) == 5


def test_a_name_that_nobody_exposes_is_not_known(supply: Supply) -> None:
    assert not supply.knows("nothing_of_ours")
    assert series(supply, "nothing_of_ours") == 0
