"""Which queues are shown."""

import re
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from watchbill_exporters.rabbitmq_server.selection import Row, Selection, key_of, pattern_of
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings


def selection(**own: object) -> Selection:
    return Selection(RabbitmqSettings(name="broker", address="mq:15672", **own))  # type: ignore[arg-type]  # options


def rows(**messages: int | None) -> list[Row]:
    return [{"vhost": "/", "name": name, "messages": number} for name, number in messages.items()]


def shown(chosen: Selection, found: list[Row]) -> list[str]:
    return [key_of(row)[1] for row in chosen.shown(found)]


def test_the_fullest_are_shown_by_name() -> None:
    assert shown(selection(top=2), rows(a=1, b=5, c=3, d=None)) == ["b", "c"]


def test_declared_queues_are_shown_beside_the_fullest() -> None:
    assert shown(selection(top=1, queues=("*", "a")), rows(a=0, b=5, c=3)) == ["a", "b"]


def test_a_queue_that_is_told_twice_is_shown_once() -> None:
    assert shown(selection(), rows(a=1) + rows(a=1)) == ["a"]


_NAMES = st.text(alphabet="ab.*+|()[]$^\\ -#", min_size=1, max_size=6)


@given(st.lists(_NAMES, min_size=1, max_size=3), _NAMES)
def test_a_star_stands_for_any_characters_and_all_else_for_itself(names: list[str], queue: str) -> None:
    # In fnmatch a bracket is special as well.
    wanted = any(fnmatchcase(queue, name.replace("[", "[[]")) for name in names)
    assert (re.match(pattern_of(names), queue) is not None) is wanted
