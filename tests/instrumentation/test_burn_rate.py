"""The multi-window, multi-burn-rate table."""

from decimal import Decimal

from watchbill.burn_rate import BURN_RATES, SEVERITIES, WINDOWS
from watchbill.duration import seconds


def test_the_factors_are_those_of_the_site_reliability_workbook() -> None:
    factors = {rate.long: rate.factor for rate in BURN_RATES}

    assert factors == {"1h": Decimal("14.4"), "6h": 6, "1d": 3, "3d": 1}


def test_the_short_window_is_a_twelfth_of_the_long_one() -> None:
    assert [seconds(rate.long) / seconds(rate.short) for rate in BURN_RATES] == [12] * 4


def test_the_two_fast_conditions_page_and_the_two_slow_ones_wait() -> None:
    assert [(rate.tier, rate.severity) for rate in BURN_RATES] == [
        ("fast", "critical"),
        ("medium", "critical"),
        ("slow", "warning"),
        ("trickle", "warning"),
    ]


def test_every_window_stands_once_the_shortest_first() -> None:
    assert WINDOWS == ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def test_every_severity_of_the_table_is_a_known_one() -> None:
    assert {rate.severity for rate in BURN_RATES} <= set(SEVERITIES)
