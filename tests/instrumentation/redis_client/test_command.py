"""Commands are known by name."""

from typing import Any

import pytest

from watchbill.redis_client.command import is_known, name_of, waits


@pytest.mark.parametrize(
    ("raw", "name"),
    [("get", "GET"), (b"GET", "GET"), ("CLIENT LIST", "CLIENT"), ("FT.SEARCH", "FT.SEARCH"), ("a\nb", ""), (7, "")],
)
def test_a_name_is_the_first_word_in_upper_case(raw: Any, name: str) -> None:
    assert name_of(raw) == name


def test_commands_of_modules_are_known() -> None:
    assert is_known("JSON.GET")
    assert not is_known("MINE.GET")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("XREAD", "BLOCK", 5, "STREAMS", "a", "$"), True),
        (("XREADGROUP", "GROUP", "g", "c", b"COUNT", 1, b"block", 0, b"STREAMS", "a", ">"), True),
        (("XREAD", "STREAMS", "BLOCK", "0"), False),
        (("XREAD", b"STREAMS", "a", "0"), False),
        (("XREADGROUP", "GROUP", "streams", "streams", "BLOCK", 5, "STREAMS", "a", ">"), True),
        (("XREADGROUP", b"GROUP", "block", "block", "STREAMS", "a", ">"), False),
        (("XREAD", ["no text"], memoryview(b"BLOCK")), False),
    ],
)
def test_a_read_of_a_stream_waits_where_it_says_so(args: tuple[Any, ...], expected: bool) -> None:
    assert waits(args) is expected
