"""A password in an address is in no message."""

import pytest

from watchbill_stack.address import without_credentials


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://u:secret@host:9090/x", "http://…@host:9090/x"),
        ("http://u:sec/ret@host", "http://…@host"),
        ("http://u:s@cret@host", "http://…@host"),
        ("u:secret@host:9090", "…@host:9090"),
        ("http://host:9090/metrics", "http://host:9090/metrics"),
    ],
)
def test_what_stands_before_an_at_sign_is_left_out(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
