"""The reference stack: the file a user writes."""

from watchbill import (
    Names,
    Postgres,
    Redis,
    Service,
    Team,
    Unit,
    above,
    alert,
    availability,
    chart,
    fires,
    latency,
    max_error_ratio,
    max_latency,
    silent,
)
from watchbill.catalogue.background import TASK
from watchbill.catalogue.cache import CACHE
from watchbill.catalogue.database import TABLE
from watchbill.catalogue.http import EXCEPTION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.outbound import API, MODEL, UPSTREAM
from watchbill.catalogue.pool import DB
from watchbill.catalogue.redis_client import COMMAND
from watchbill.expression import ratio, select, total
from watchbill_reference.shop.metrics import BASKET_VALUE, ORDERS, RESULT, SEARCHES
from watchbill_stack import Slack, Stack, Webhook

storefront = Team(
    "storefront",
    page=Webhook("https://pager.example.com/storefront", token_file="/run/secrets/pager"),
    ticket=Slack("#storefront", url_file="/run/secrets/slack"),
)

safety = Team(
    "safety",
    page=Webhook("https://pager.example.com/safety", token_file="/run/secrets/pager"),
    ticket=Slack("#safety", url_file="/run/secrets/slack"),
)

small = {ROUTE: 12, STATUS: 12, EXCEPTION: 12, DB: 2, COMMAND: 20, CACHE: 4, TASK: 8}

cache = Redis("cache", address="redis:6379", password_file="/run/secrets/redis")

ordered = total(select(ORDERS).rate("5m"))
searched = total(select(SEARCHES).rate("5m"))
found_nothing = total(select(SEARCHES, RESULT.equals("nothing")).rate("5m"))
checkouts = f'{HTTP_REQUESTS.name}{{service="shop",route="/api/checkout"}}'
orders_stopped = f"""
  sum(rate({ORDERS.name}{{service="shop"}}[10m])) == 0
and
  sum(rate({checkouts}[10m])) > 0
"""

shop = Service(
    "shop",
    team=storefront,
    tier=1,
    targets=["shop:8000"],
    uses=[
        cache,
        Postgres("orders", address="postgres:5432", database="shop", password_file="/run/secrets/postgres"),
    ],
    objectives=[availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
    thresholds=[max_error_ratio(0.01), max_latency(2.0, percentile=95)],
    metrics=[ORDERS, BASKET_VALUE, SEARCHES],
    alerts=[
        above(
            ratio(found_nothing, searched),
            0.5,
            name="SearchesFindNothing",
            summary="Most searches in the shop find nothing.",
            description="Customers who find nothing leave without an order.",
        ),
        alert(
            orders_stopped,
            name="OrdersStopped",
            severity="critical",
            summary="Customers check out, but no order is placed.",
            examples=[
                fires({ORDERS.name: "7+0x30", checkouts: "0+60x30"}, after="20m"),
                silent({ORDERS.name: "0+6x30", checkouts: "0+60x30"}, after="20m"),
            ],
            runbook="""
                ## Impact
                The shop earns nothing, and its customers believe that they have ordered.

                ## First checks
                1. Place an order yourself, with each means of payment.
                2. Read the log lines of `/api/checkout`, those with errors first.
                """,
        ),
    ],
    charts=[
        chart(
            "Orders per search",
            ratio(ordered, searched),
            unit=Unit.RATIO,
            help="Share of searches that end in an order: what a better search would raise.",
        )
    ],
    names=Names({ROUTE.name: "endpoint"}),
    label_limits={**small, TABLE: 6},
    series_budget=50_000,
)

content_filter = Service(
    "filter",
    team=safety,
    tier=2,
    targets=["filter:8000"],
    uses=[cache],
    objectives=[availability(99.9), latency(0.5, 99, route="/v1/filter")],
    thresholds=[max_error_ratio(0.01), max_latency(0.8, percentile=95)],
    names=Names.opentelemetry(),
    label_limits={**small, UPSTREAM: 2, API: 2, MODEL: 4},
    series_budget=50_000,
)

stack = Stack(
    shop,
    content_filter,
    watchdog=Webhook("https://deadman.example.com/watchbill"),
    dashboards="https://grafana.example.com",
    runbooks="https://runbooks.example.com",
    exporter="exporter:9121",
)
