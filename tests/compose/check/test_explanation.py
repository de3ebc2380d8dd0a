"""Every rule explains itself, and the page of rules is current."""

from pathlib import Path

import pytest

from watchbill.flow.rule import Rule
from watchbill_stack.check.explanation import COMMAND, explained, page
from watchbill_stack.check.rules import RULES

_PAGE = Path(__file__).parents[3] / "compose" / "RULES.md"


def test_the_committed_page_is_the_rendered_one() -> None:
    assert _PAGE.read_text(encoding="utf-8") == page(RULES), f"renew it: {COMMAND}"


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_has_a_title_for_a_table_and_a_paragraph_for_a_person(rule: Rule) -> None:
    assert RULES[rule.id] is rule
    assert rule.id == rule.id.lower()
    assert 10 < len(rule.title) <= 80
    assert not rule.title.endswith(".")
    assert len(rule.why.split()) >= 20
    assert rule.why.endswith(".")
    assert "\n" not in rule.why


def test_an_explanation_says_how_bad_it_is_and_fits_the_width() -> None:
    text = explained(RULES["raw-counter"], 60)

    assert text.startswith("raw-counter (error): ")
    assert all(len(line) <= 60 for line in text.splitlines()[1:])
