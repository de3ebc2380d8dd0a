"""The words of a text."""

import pytest

from watchbill.flow.tokens import tokens


@pytest.mark.parametrize("sign", ['"', "'", "`"])
def test_a_string_that_is_not_closed_is_one_word_up_to_the_end(sign: str) -> None:
    text = f"a + {sign}b) c(d"

    assert [word.text for word in tokens(text)] == ["a", "+", f"{sign}b) c(d"]


def test_escaped_quotes_of_a_string_that_is_not_closed_begin_no_strings() -> None:
    assert len(list(tokens('"' + '\\"' * 10_000))) == 1
