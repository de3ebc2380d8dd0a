"""The page is what the tables say."""

import pytest

from tests.exporters.compatibility.conditional import NEVER, SOMETIMES
from tests.exporters.compatibility.names import asked
from tests.exporters.compatibility.page import FILE, text


@pytest.mark.golden
def test_the_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run python -m tests.exporters.compatibility.page"


def test_nothing_stands_in_the_tables_that_nobody_asks_for() -> None:
    names = {name for name, _ in asked()}
    assert {*SOMETIMES, *NEVER} - names == set()
    assert {*SOMETIMES} & {*NEVER} == set()
