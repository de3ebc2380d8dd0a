"""The name that was probably meant, among many."""

import pytest

from watchbill.flow.resemblance import Resemblance

NAMES = Resemblance(["up", "parcels_total", "parcel_wait_seconds_count", "crane_up", "belt_load_ratio", "a", ""])


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("parcel_total", "parcels_total"),
        ("parcel_wait_second_count", "parcel_wait_seconds_count"),
        ("upp", "up"),
        ("crane_ups", "crane_up"),
        ("load_belt_ratio", "belt_load_ratio"),
        ("lighthouse", ""),
        ("", ""),
        ("é", ""),
    ],
)
def test_the_name_that_looks_most_alike_is_found(name: str, nearest: str) -> None:
    assert NAMES.nearest(name) == nearest
