"""Units: how they change when values are divided or differentiated, and how Grafana writes them."""

import pytest

from watchbill.catalogue.unit import Unit


@pytest.mark.parametrize("unit", Unit)
def test_every_unit_has_a_panel_unit_of_grafana(unit: Unit) -> None:
    assert unit.grafana


@pytest.mark.parametrize(
    ("unit", "rate"),
    [
        (Unit.COUNT, Unit.PER_SECOND),
        (Unit.REQUESTS, Unit.REQUESTS_PER_SECOND),
        (Unit.SECONDS, Unit.RATIO),
        (Unit.BYTES, Unit.BYTES_PER_SECOND),
    ],
)
def test_the_rate_of_a_unit(unit: Unit, rate: Unit) -> None:
    assert unit.per_second is rate


@pytest.mark.parametrize(
    ("part", "whole", "quotient"),
    [
        (Unit.COUNT, Unit.COUNT, Unit.RATIO),
        (Unit.BYTES, Unit.BYTES, Unit.RATIO),
        (Unit.PER_SECOND, Unit.PER_SECOND, Unit.RATIO),
        (Unit.REQUESTS_PER_SECOND, Unit.REQUESTS_PER_SECOND, Unit.RATIO),
        (Unit.BYTES_PER_SECOND, Unit.REQUESTS_PER_SECOND, Unit.BYTES),
        (Unit.SECONDS, Unit.COUNT, Unit.SECONDS),
        (Unit.RATIO, Unit.PER_SECOND, Unit.SECONDS),
        (Unit.BYTES_PER_SECOND, Unit.PER_SECOND, Unit.BYTES),
        (Unit.BYTES, Unit.SECONDS, Unit.BYTES_PER_SECOND),
        (Unit.COUNT, Unit.SECONDS, Unit.PER_SECOND),
    ],
)
def test_the_unit_of_a_quotient(part: Unit, whole: Unit, quotient: Unit) -> None:
    assert part.divided_by(whole) is quotient
