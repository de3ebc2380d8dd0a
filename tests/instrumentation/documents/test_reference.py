"""The reference for people."""

from dataclasses import replace
from pathlib import Path

import pytest

from watchbill import Names, Service, Team
from watchbill.catalogue import METRICS, Counter, Histogram, Label, Unit
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill.dependency import Redis
from watchbill.documents.document import Document
from watchbill.documents.reference import COMMAND, rendered
from watchbill.objective import latency
from watchbill.stack import Stack
from watchbill_alerts.receivers import Webhook

PAGE = Path(__file__).parents[3] / "instrumentation" / "METRICS.md"
PAGER = Webhook("https://pager.example.com")
TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
ORDERS = Counter(name="orders_total", help="Orders, paid | unpaid.", labels=(TIER,))
SHOP = Service("shop", team=Team("storefront", page=PAGER, ticket=PAGER))


@pytest.mark.golden
def test_the_committed_page_is_the_rendered_one() -> None:
    assert PAGE.read_text() == rendered(Document.of_catalogue()), f"renew it: {COMMAND}"


def test_the_page_says_that_it_is_generated_and_how() -> None:
    first = rendered(Document.of_catalogue()).splitlines()[0]

    assert first.startswith("<!-- Generated")
    assert COMMAND in first


def test_every_metric_and_label_stands_on_the_page() -> None:
    page = rendered(Document.of_catalogue())

    for metric in METRICS.values():
        assert f"| `{metric.name}`" in page
        assert all(f"- `{label.name}`" in page and label.help in page for label in metric.labels)


def test_a_metric_is_one_row_with_kind_unit_labels_size_source_and_meaning() -> None:
    tenant = Label(name="tenant", help="The tenant.", bound=50)

    page = rendered(Document.of_metrics([replace(ORDERS, labels=(TIER, tenant))], "What a shop says"))

    assert "## What a shop says\n" in page
    row = "| `orders_total` | counter | count | `tier`, `tenant` | 100 | service | Orders, paid \\| unpaid. |"
    assert f"\n{row}\n" in page
    assert "\n- `tier`: The tier. One of `gold`, `silver`.\n" in page
    assert "\n- `tenant`: The tenant. At most 50 values.\n" in page


def test_a_histogram_names_its_buckets_and_counts_them_as_series() -> None:
    size = Histogram(name="size_bytes", help="Size.", unit=Unit.BYTES, buckets=(0.5, 1000.0, 10_000_000.0))

    page = rendered(Document.of_metrics([size]))

    assert "| `size_bytes` | histogram | bytes |  | 6 | service | Size. Buckets: 0.5, 1000, 10000000. |" in page


def test_what_has_a_name_among_the_conventions_stands_with_it() -> None:
    page = rendered(Document.of_catalogue())

    assert f"| `{HTTP_REQUEST_DURATION.name}` (`http_server_request_duration_seconds`) |" in page
    assert f"- `{METHOD.name}` (`http_request_method`): " in page


def test_a_stack_is_described_under_the_names_of_each_service() -> None:
    stack = Stack(
        replace(SHOP, names=Names({ROUTE.name: "endpoint"}), metrics=[ORDERS]),
        replace(SHOP, name="cart"),
        replace(SHOP, name="till"),
    )

    page = rendered(Document.of_stack(stack))
    shop, others = page.split("## `shop`")[1].split("## `cart`, `till`")

    assert f"| `{HTTP_REQUESTS.name}` | counter | requests | `method`, `endpoint`, `status` |" in shop
    assert f"- `endpoint` (`{ROUTE.name}`): " in shop
    assert "### Of shop alone" in shop
    assert "| `orders_total` | counter |" in shop
    assert f"| `{HTTP_REQUESTS.name}` | counter | requests | `method`, `route`, `status` |" in others
    assert others.count(f"| `{UP.name}` |") == 1, "what no service exposes stands once"
    assert f"`{UP.name}`" not in shop


def test_the_bounds_a_service_narrows_are_those_on_its_page() -> None:
    narrow = replace(SHOP, label_limits={ROUTE: 30}, objectives=[latency(0.3, 99)])

    page = rendered(Document.of_stack(Stack(narrow)))

    assert f"- `{ROUTE.name}`: {ROUTE.help} At most 31 values." in page
    assert f"| {len(METHOD.values) * 31 * STATUS.limit} | service |" in page
    assert "0.25, 0.3, 0.5" in page


def test_a_stack_without_redis_shows_no_metric_of_redis() -> None:
    with_redis = replace(SHOP, uses=[Redis("cache", address="cache:6379")])

    assert f"`{REDIS_UP.name}`" not in rendered(Document.of_stack(Stack(SHOP)))
    assert f"`{REDIS_UP.name}`" in rendered(Document.of_stack(Stack(with_redis)))
