"""A difference as people and programs read it."""

import json

import pytest
from markdown_it import MarkdownIt

from watchbill_stack.difference.change import Change
from watchbill_stack.difference.comparison import Difference
from watchbill_stack.difference.report import as_json, as_markdown, as_text, summary

OBJECTIVE = Change("objective", "availability of shop", "changed", "99.9 % → 99.95 %", alerts=["BurnFast", "BurnSlow"])
REMOVED = Change("panel", "'Errors <b>|*' of shop", "removed", breaking=True, service="shop")
BOTH = Difference("main", "the stack", (REMOVED, OBJECTIVE), ("no metrics",))


def test_text_is_one_line_a_change_by_area_and_marks_what_breaks_in_words() -> None:
    assert as_text(BOTH).splitlines() == [
        "objective availability of shop: 99.9 % → 99.95 %; alerts affected: BurnFast, BurnSlow",
        "BREAKING panel 'Errors <b>|*' of shop: removed",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), "no change from main to the stack"),
        ((OBJECTIVE,), "1 change from main to the stack, 0 breaking"),
        ((OBJECTIVE, REMOVED), "2 changes from main to the stack, 1 breaking"),
    ],
)
def test_the_summary_counts_changes_and_breaking_ones(changes: tuple[Change, ...], expected: str) -> None:
    assert summary(Difference("main", "the stack", changes)) == expected


def test_markdown_sets_breaking_changes_first_and_lets_no_name_become_markup() -> None:
    text = as_markdown(BOTH)

    assert text.index("**Breaking**") < text.index("**Objectives**")
    html = MarkdownIt().render(text)
    assert "panel 'Errors &lt;b&gt;|*' of shop: removed" in html
    assert html.count("<li>") == 2


def test_json_holds_everything_and_its_version() -> None:
    content = json.loads(as_json(BOTH))

    assert (content["version"], content["breaking"], content["remarks"]) == (1, 1, ["no metrics"])
    assert content["changes"][0]["alerts"] == ["BurnFast", "BurnSlow"]
    assert content["changes"][1]["breaking"] is True


def test_markdown_that_is_too_long_for_a_comment_is_cut_and_says_how_much_is_missing() -> None:
    text = as_markdown(Difference("main", "the stack", (OBJECTIVE,) * 1000))

    assert len(text) < 65_536
    shown = text.count("- objective ")
    assert shown > 100
    assert text.endswith(f"_and {1000 - shown} more: `watchbill diff` shows them_\n")
