"""A service as a user declares it, and what a real Prometheus knows of it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

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
from watchbill.problem import Place, Problem

Json = dict[str, Any]


class Nobody:
    """A receiver that reaches nobody: dashboards notify no one."""

    place = Place("conftest.py", 1)

    def problems(self) -> Iterator[Problem]:
        yield from ()

    def integration(self) -> tuple[str, Mapping[str, object]]:
        return "webhook_configs", {}

    def delivered_to(self, address: str, secrets: Path) -> "Nobody":  # noqa: ARG002  # the protocol's signature
        return self


@pytest.fixture
def shop() -> Callable[..., Service]:
    """Declares the reference shop, with a names profile or other changes."""

    def declared(names: Names | None = None, **changes: Any) -> Service:
        declaration: Json = {
            "team": Team("storefront", page=Nobody(), ticket=Nobody()),
            "tier": 1,
            "targets": ["127.0.0.1:8000", "127.0.0.1:8001"],
            "uses": [Redis("cache"), Postgres("orders", database="shop")],
            "objectives": [availability(99.9), latency(0.5, 95), latency(0.25, 99, route="/search")],
            "thresholds": [max_error_ratio(0.01), max_latency(2.0, percentile=95)],
            "names": names or Names.classic(),
        }
        return Service("shop", **(declaration | changes))

    return declared
