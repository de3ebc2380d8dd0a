"""The reference stack: the file a user writes."""

from watchbill import (
    Names,
    Postgres,
    Redis,
    Service,
    Team,
    availability,
    latency,
    max_error_ratio,
    max_latency,
)
from watchbill.catalogue.http import ROUTE
from watchbill_stack import Slack, Stack, Webhook

storefront = Team(
    "storefront",
    page=Webhook("https://pager.example.com/storefront", token_file="/run/secrets/pager"),
    ticket=Slack("#storefront", url_file="/run/secrets/slack"),
)

shop = Service(
    "shop",
    team=storefront,
    tier=1,
    targets=["shop:8000"],
    uses=[
        Redis("cache", address="redis:6379", password_file="/run/secrets/redis"),
        Postgres("orders", address="postgres:5432", database="shop", password_file="/run/secrets/postgres"),
    ],
    objectives=[availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
    thresholds=[max_error_ratio(0.01), max_latency(2.0, percentile=95)],
    names=Names({ROUTE.name: "endpoint"}),
)

stack = Stack(
    shop,
    watchdog=Webhook("https://deadman.example.com/watchbill"),
    dashboards="https://grafana.example.com",
    runbooks="https://runbooks.example.com",
    exporter="exporter:9121",
)
