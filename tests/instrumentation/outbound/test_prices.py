"""Tokens cost what was declared for their model."""

import pytest

from watchbill.outbound.prices import Prices, faults_of

PRICES = Prices({"gpt-4o": (2.5, 10.0), "gpt-4o-mini": (0.15, 0.6, 0.075)})
TOKENS = {"input": 1_000_000, "output": 100_000, "cached": 1_000_000}


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o", 2.5 + 1.0 + 2.5),
        ("gpt-4o-2024-08-06", 2.5 + 1.0 + 2.5),
        ("gpt-4o-mini", 0.15 + 0.06 + 0.075),
        ("gpt-4o-mini-2024-07-18", 0.15 + 0.06 + 0.075),
        ("gpt-4omega", None),
        ("gpt", None),
        ("", None),
    ],
)
def test_a_model_has_its_own_price_or_that_of_its_name(model: str, cost: float | None) -> None:
    assert PRICES.cost(model, TOKENS) == (None if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(
    "prices", [3, {"a": 3}, {"a": (1,)}, {"a": (1, 2, 3, 4)}, {"a": (1, -2)}, {"a": (1, "2")}, {"": (1, 2)}]
)
def test_what_is_no_price_is_told(prices: object) -> None:
    assert faults_of(prices)
