"""The place of a part in its text."""

import pytest

from watchbill.flow.mark import Mark, span


@pytest.mark.parametrize(
    ("text", "mark", "found"),
    [
        ("a + b{x='1'} + a", Mark("selector", 1), "b"),
        ("a + b{x='1'} + a", Mark("selector", 2), "a"),
        ('"a" # a\n a', Mark("selector", 0), "a"),
        ('{job="a"} / b', Mark("selector", 0), "{"),
        ('{job="a"} / b', Mark("selector", 1), "b"),
        ('a{x="1", y="2", y!="3"}', Mark("matcher", 0, "y", "3"), '"3"'),
        ('a{x="1", y="2"}', Mark("matcher", 0, "y"), "y"),
        ("sum by (x, y) (a)", Mark("grouping", 0, "y"), "y"),
        ("sum(rate(a[5m])) by (x)", Mark("grouping", 0, "x"), "x"),
        ("SUM BY (x) (a)", Mark("grouping", 0, "x"), "x"),
        ("sum by (x) (count by (y) (a))", Mark("grouping", 1, "y"), "y"),
        ("sum by (x) (-a + b)", Mark("operator", 0), "+"),
        ("-a - -b - c", Mark("operator", 1), "-"),
        ("a offset -5m - b @ -5 * c", Mark("operator", 0), "-"),
        ("a offset -5m - b @ -5 * c", Mark("operator", 1), "*"),
        ("a > bool -1 and b", Mark("operator", 1), "and"),
        ("a / on (x) group_left (y) -b", Mark("matching", 0, "y"), "y"),
        ("(a == 1) / ignoring (x) b", Mark("matching", 1, "x"), "x"),
        ("sum(a) by (x) / b", Mark("operator", 0), "/"),
        ("rate(a[5m]) + rate(b[1m])", Mark("window", 1), "[1m]"),
        ('label_replace(a, "b", "c", "d", "(.*)")', Mark("argument", 0, argument=3), '"d"'),
        ("quantile by (x) (0.9, a)", Mark("argument", 0, argument=0), "0.9"),
        ("histogram_quantile(1 + 2, sum(a))", Mark("argument", 0, argument=0), "1 + 2"),
        ("time() - a @ start() + end()", Mark("call", 1), "end"),
        ("count{x='1'} + count(a)", Mark("call", 0), "count"),
        ("inf + nan + a", Mark("selector", 0), "a"),
        ('{"my.metric", "my.label"="x"}', Mark("matcher", 0, "my.label", "x"), '"x"'),
        ("a", Mark("selector", 5), "a"),
        ("a + b", Mark("text"), "a + b"),
    ],
)
def test_a_part_is_found_by_its_number(text: str, mark: Mark, found: str) -> None:
    start, end = span(text, mark)

    assert text[start:end] == found
    assert (start, end) == (0, len(text)) or mark.part != "text"
