"""A stack as a user declares it."""

from typing import Any

import pytest

from tests.alerts.written import Declare
from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue.http import ROUTE
from watchbill.stack import Stack
from watchbill_alerts.receivers import Slack, Webhook


@pytest.fixture
def declared() -> Declare:
    """Declares the sample stack: one service `shop` of team `storefront`, with changes."""

    def stack(watchdog: Webhook | None = None, **changes: Any) -> Stack:
        page = Webhook("https://pager.example.com/storefront", token_file="/run/secrets/pager")  # a path
        ticket = Slack("#storefront", url_file="/run/secrets/slack")
        declaration: dict[str, Any] = {
            "team": Team("storefront", page=page, ticket=ticket),
            "tier": 1,
            "targets": ["shop:8000"],
            "uses": [Redis("cache"), Postgres("orders")],
            "objectives": [availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
            "thresholds": [max_error_ratio(0.01), max_latency(2.0)],
            "names": Names({ROUTE.name: "endpoint"}),
        }
        shop = Service("shop", **(declaration | changes))
        return Stack(
            shop,
            watchdog=watchdog,
            dashboards="https://grafana.example.com",
            runbooks="https://runbooks.example.com",
        )

    return stack
