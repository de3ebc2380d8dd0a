"""The number that a JSON pointer leads to."""

import pytest

from watchbill_exporters.cdn_edge.json_pointer import count_at


@pytest.mark.parametrize(
    ("document", "pointer", "count"),
    [
        (b'{"result": {"pending": 3}}', "/result/pending", 3),
        (b'{"items": [1, 2]}', "/items", 2),
        (b'[{"a/b": {"~": 7}}]', "/0/a~1b/~0", 7),
        (b"[]", "", 0),
    ],
)
def test_it_is_a_number_or_the_length_of_a_list(document: bytes, pointer: str, count: float) -> None:
    assert count_at(document, pointer) == count


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (b"<html>", ""),
        (b'{"a": 1}', "/b"),
        (b'{"a": true}', "/a"),
        (b'{"a": -1}', "/a"),
        (b'{"a": NaN}', "/a"),
        (b'{"a": "1"}', "/a"),
        (b"[1]", "/1"),
        (b"[" * 100_000, ""),
    ],
)
def test_anything_else_is_a_fault(document: bytes, pointer: str) -> None:
    with pytest.raises(ValueError, match=r"json_pointer|JSON"):
        count_at(document, pointer)
