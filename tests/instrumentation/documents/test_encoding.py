"""Documents as JSON."""

import json
from dataclasses import replace

from watchbill import Names, Service, Team
from watchbill.catalogue import Counter, Gauge, Histogram, Label, Origin, Recorded, Unit
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, STATUS
from watchbill.dependency import Postgres, Redis
from watchbill.documents.decoding import decoded
from watchbill.documents.document import Document
from watchbill.documents.encoding import VERSION, encoded
from watchbill.objective import availability, latency
from watchbill.stack import Stack
from watchbill_alerts.receivers import Webhook

PAGER = Webhook("https://pager.example.com")
TENANT = Label(name="tenant", help="The tenant, “quoted”.", bound=50, values=("a", "b"))
SLO = Label(name="slo", help="The objective.", bound=20, origin=Origin.EXTERNAL)
OWN = (
    Counter(name="orders_total", help="Orders.", labels=(TENANT,)),
    Counter(name="commits", help="Commits.", community_name=True),
    Gauge(name="temperature", help="Now.", latest=True),
    Gauge(name="rows", help="Rows.", labels=(TENANT,), at_most=7),
    Gauge(name="age_seconds", help="Oldest.", unit=Unit.SECONDS, highest=True),
    Histogram(name="size_bytes", help="Size.", unit=Unit.BYTES, buckets=(0.25, 1.0, 1e6)),
    Recorded(name="shop:orders:rate5m", help="Orders per second.", unit=Unit.PER_SECOND, labels=(SLO,)),
)
LABELS: dict[str | Label, str] = {ROUTE.name: "endpoint", STATUS: "code"}
NAMES = Names(LABELS, {HTTP_REQUESTS.name: "web_requests_total"})
SHOP = Service(
    "shop",
    team=Team("storefront", page=PAGER, ticket=PAGER),
    uses=[Redis("cache", address="cache:6379"), Postgres("orders", address="orders:5432")],
    objectives=[availability(99.9), latency(0.3, 99)],
    metrics=OWN[:6],
    names=NAMES,
    label_limits={ROUTE: 30},
)


def test_the_catalogue_survives_the_way_through_json() -> None:
    catalogue = Document.of_catalogue()

    assert decoded(encoded(catalogue)) == catalogue


def test_every_property_of_a_metric_survives() -> None:
    document = Document.of_metrics(OWN)

    assert decoded(encoded(document)) == document


def test_a_stack_survives_with_names_bounds_limits_and_own_metrics() -> None:
    document = Document.of_stack(Stack(SHOP, replace(SHOP, name="cart", names=Names.opentelemetry())))

    again = decoded(encoded(document))

    assert again == document
    names = again.services[0].names
    assert (names.metric(HTTP_REQUESTS), names.label(STATUS), names.label(ROUTE)) == (
        "web_requests_total",
        "code",
        "endpoint",
    )


def test_each_metric_is_one_line_of_the_file() -> None:
    document = Document.of_metrics(OWN)

    lines = [line for line in encoded(document).splitlines() if '"kind"' in line]

    assert [json.loads(line.rstrip(","))["name"] for line in lines] == [metric.name for metric in OWN]


def test_the_json_says_its_version_and_who_exposes_what() -> None:
    content = json.loads(encoded(Document.of_metrics(OWN, "Own")))

    assert content["version"] == VERSION
    (subject,) = content["subjects"]
    assert subject["title"] == "Own"
    assert subject["metrics"][0] == {
        "name": "orders_total",
        "kind": "counter",
        "unit": "",
        "help": "Orders.",
        "source": "service",
        "series_limit": 50,
        "labels": [{"name": "tenant", "help": TENANT.help, "values": ["a", "b"], "bound": 50}],
    }
    assert subject["metrics"][5]["buckets"] == [0.25, 1, 1_000_000]
