"""What is instrumented is held once, by nobody longer than by its owner."""

import gc
import weakref
from types import ModuleType
from typing import Any

import pytest

from watchbill.attachments import Attachments
from watchbill.report import Entry


class Target:
    """An object of a library."""


class Slotted:
    """One that has no room for anything of ours."""

    __slots__ = ("__weakref__",)


class Part:
    """An attachment that counts how often it was put in and taken out."""

    def __init__(self, target: object, kind: str = "redis", name: str = "") -> None:
        self.kind = kind
        self.target = target
        self.name = name
        self.within = 0

    def attach(self) -> None:
        """In."""
        self.within += 1

    def detach(self) -> None:
        """Out."""
        self.within -= 1

    def entry(self) -> Entry:
        """Its name."""
        return Entry(self.kind, "on", self.name)


@pytest.mark.parametrize("target", [Target(), Slotted(), Target, ModuleType("library")])
def test_a_target_has_one_attachment_of_a_kind(target: object) -> None:
    tested, first, second, other = Attachments(), Part(target), Part(target), Part(target, "celery")

    assert [tested.add(one) for one in (first, second, other)] == [True, False, True]
    assert (first.within, second.within, other.within) == (1, 0, 1)
    assert tested.of_kind("redis") == [first]
    assert tested.remove(target)
    assert (first.within, other.within) == (0, 0)
    assert not tested.remove(target)
    assert tested.add(second)
    tested.clear()


def test_whoever_comes_second_is_told() -> None:
    first, second, target = Attachments(), Attachments(), Target()
    first.add(Part(target))
    part = Part(target)

    assert not second.add(part)
    assert part.within == 0
    assert second.entries() == [Entry("redis", "off", "instrumented by another Observability")]
    assert not second.remove(target)
    first.remove(target)
    assert second.add(part)
    assert second.entries() == [part.entry()]
    second.clear()


def test_an_object_that_is_dropped_is_gone_with_its_attachment() -> None:
    tested = Attachments()
    gone: list[weakref.ref[Any]] = []
    target: Any = None
    part: Any = None
    for _ in range(100):
        target = Target()
        part = Part(target)
        tested.add(part)
        gone += [weakref.ref(target), weakref.ref(part)]
    del target, part
    gc.collect()

    assert [one for one in gone if one() is not None] == []
    assert tested.entries() == []


def test_an_object_that_is_made_where_a_dropped_one_was_is_a_new_one() -> None:
    # Of many that are made and dropped some have the same id.
    tested, added, ids = Attachments(), list[bool](), set[int]()
    for _ in range(200):
        target = Target()
        ids.add(id(target))
        added.append(tested.add(Part(target)))
        del target
        gc.collect(0)

    assert len(ids) < 200
    assert all(added)


def test_one_that_has_no_room_is_held_until_it_is_taken_out() -> None:
    tested, target = Attachments(), Slotted()
    held = weakref.ref(target)
    tested.add(Part(target))
    del target
    gc.collect()
    kept = held()

    assert kept is not None
    assert tested.remove(kept)
    del kept
    gc.collect()
    assert held() is None


def test_a_target_is_as_it_was_when_all_is_taken_out() -> None:
    tested, target = Attachments(), Target()
    tested.add(Part(target))
    tested.clear()

    assert vars(target) == {}
    assert tested.entries() == []


def test_one_that_yields_makes_room_for_the_next() -> None:
    tested, target = Attachments(), Target()
    automatic, chosen, third = Part(target, name="automatic"), Part(target, name="chosen"), Part(target, name="third")
    tested.add(automatic)
    tested.yields(automatic)

    assert tested.add(chosen)
    assert not tested.add(third)
    assert (automatic.within, chosen.within) == (0, 1)
    assert [entry.reason for entry in tested.entries()] == ["chosen"]
    tested.clear()


def test_a_note_stands_until_something_of_its_kind_is_attached() -> None:
    tested, target = Attachments(), Target()
    tested.note("redis", Entry("redis", "off", "not installed"))
    tested.note("celery", Entry("celery", "off", "not installed"))
    tested.add(Part(target))

    assert [(entry.subject, entry.state) for entry in tested.entries()] == [("redis", "on"), ("celery", "off")]
    tested.clear()
