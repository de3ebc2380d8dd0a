"""Rules explain themselves."""

import re

import pytest

from watchbill.flow.rule import Rule
from watchbill.flow.rules import RULES


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_says_what_happens_in_one_paragraph(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert len(rule.title) <= 60
    assert 30 <= len(rule.why.split()) <= 110
    assert "\n" not in rule.why


def test_each_rule_stands_under_its_own_id() -> None:
    assert [rule.id for rule in RULES.values()] == list(RULES)
