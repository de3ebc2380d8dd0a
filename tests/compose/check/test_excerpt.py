"""The place of a mistake is marked, and long expressions are cut around it."""

import pytest

from watchbill_stack.check.excerpt import excerpt


def test_the_mark_stands_beneath_the_place() -> None:
    assert excerpt("rate(wrong[5m])", 5, 10) == ("rate(wrong[5m])", "     ^^^^^")


def test_of_several_lines_the_one_with_the_place_is_shown() -> None:
    assert excerpt("sum(\n  wrong\n)", 7, 12) == ("  wrong", "  ^^^^^")


def test_a_place_that_runs_over_its_line_is_marked_to_the_end_of_the_line() -> None:
    assert excerpt("a +\nwrong{\n}", 4, 13) == ("wrong{", "^^^^^^")


@pytest.mark.parametrize("position", [0, 5, 150, 299, 395])
def test_a_long_expression_is_cut_around_the_place(position: int) -> None:
    text = ".".join(str(number % 10) for number in range(200)) + "!"
    line, mark = excerpt(text, position, position + 5, 60)

    marked = line[mark.index("^") : mark.rindex("^") + 1]
    assert len(line) == 60
    assert len(mark) <= 60
    assert marked == text[position : position + 5]
    assert line.strip("…") in text


def test_a_mark_longer_than_the_width_is_cut_too() -> None:
    line, mark = excerpt("x" * 300, 100, 250, 60)

    assert len(line) == 60
    assert 0 < mark.count("^") <= 60


@pytest.mark.parametrize(("start", "end"), [(0, 0), (4, 2), (99, 120), (-3, -1)])
def test_where_no_place_is_known_nothing_is_marked(start: int, end: int) -> None:
    assert excerpt("a + b", start, end) == ("a + b", "")
