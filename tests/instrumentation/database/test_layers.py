"""Layers over a class's methods come and go, and leave nothing behind."""

from typing import Any

from watchbill.database.layers import Layers, Make


class Ship:
    """A class of somebody else's."""

    def sail(self) -> str:
        """A method."""
        return "sails"


class Frigate(Ship):
    """One that inherits it."""


def shouting(method: Any) -> Any:
    """A layer."""

    def shouted(self: Any) -> str:
        return str(method(self)).upper()

    return shouted


def over(*places: tuple[type, str]) -> list[tuple[type, str, Make]]:
    """Layers in these places."""
    return [(holder, name, shouting) for holder, name in places]


def test_the_first_user_puts_them_in_and_the_last_takes_them_out() -> None:
    layers, before = Layers(), dict(vars(Ship))
    for user in ("first", "second"):
        layers.want(user, lambda: over((Ship, "sail")))
    assert Ship().sail() == "SAILS"
    layers.drop("first")
    assert Ship().sail() == "SAILS"
    layers.drop("second")
    assert dict(vars(Ship)) == before


def test_an_inherited_method_is_covered_in_the_heir_alone() -> None:
    layers, before = Layers(), dict(vars(Frigate))
    layers.want("user", lambda: over((Frigate, "sail"), (Frigate, "sink")))
    assert (Frigate().sail(), Ship().sail()) == ("SAILS", "sails")
    layers.drop("user")
    assert dict(vars(Frigate)) == before


def test_one_that_is_under_another_is_not_put_in_twice() -> None:
    kind: Any = Ship
    layers, original = Layers(), kind.sail
    layers.want("user", lambda: over((Ship, "sail")))
    ours = kind.sail

    def louder(self: Any) -> str:
        return f"{ours(self)}!"

    kind.sail = louder
    layers.drop("user")
    layers.want("user", lambda: over((Ship, "sail")))
    assert Ship().sail() == "SAILS!"
    kind.sail = ours
    layers.drop("user")
    assert kind.sail is original
