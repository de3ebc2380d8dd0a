"""Colours by level."""

from decimal import Decimal

from watchbill_dashboards.steps import Level, Steps


def test_levels_ascend_however_they_are_given() -> None:
    steps = Steps.ceiling(Level(2, "red"), Level(0.5, "orange"))
    assert [(level.value, level.colour) for level in steps.levels] == [(0.5, "orange"), (2, "red")]
    assert steps.base == "green"


def test_of_two_equal_levels_the_later_counts() -> None:
    assert Steps.ceiling(Level(0.5, "orange"), Level(Decimal("0.50"), "red")).levels == (Level(Decimal("0.50"), "red"),)


def test_scaling_is_exact() -> None:
    assert Steps.floor(Level(0.001, "green")).scaled(100).levels == (Level(Decimal("0.1"), "green"),)


def test_below_every_level_of_a_floor_it_is_red() -> None:
    assert Steps.floor(Level(0, "green")).to_json_data() == {
        "mode": "absolute",
        "steps": [{"color": "red", "value": None}, {"color": "green", "value": 0.0}],
    }
