"""A driver's connection is claimed for as long as it lives."""

import gc
from typing import Any

from watchbill.database.claim import claim, disclaim, is_claimed


class Connection:
    """Of some driver."""


def test_a_connection_is_claimed_until_it_is_given_up() -> None:
    one, other = Connection(), Connection()
    claim(one)
    claim(one)
    assert (is_claimed(one), is_claimed(other)) == (True, False)
    disclaim(one)
    disclaim(other)
    assert not is_claimed(one)


def test_the_next_object_in_the_same_place_is_another() -> None:
    places: set[int] = set()
    for _ in range(50):
        one: Any = Connection()
        assert not is_claimed(one)
        claim(one)
        places.add(id(one))
        del one
        gc.collect()
    assert len(places) < 50
