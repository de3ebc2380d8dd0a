"""A bar where a person waits, and nothing anywhere else."""

import io
import sys

import pytest

from watchbill_stack.foreign.progress import watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("number", "stream", "is_shown"), [(600, Terminal, True), (3, Terminal, False), (600, io.StringIO, False)]
)
def test_a_bar_is_shown_for_much_work_on_a_terminal(
    number: int, stream: type[io.StringIO], *, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = stream()
    monkeypatch.setattr(sys, "stderr", shown)

    assert list(watched(range(number), number, "expressions")) == list(range(number))
    assert ("expressions" in shown.getvalue()) == is_shown
