"""Every seeded mistake is found, by the rule meant for it, where it stands, and nothing else is."""

import pytest

from tests.instrumentation.flow.invented import INVENTED
from tests.instrumentation.flow.mutations import MUTATIONS, Mutation
from watchbill.flow.inference import infer
from watchbill.flow.rules import RULES


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.rule} {one.text[:60]}")
def test_a_seeded_mistake_is_found_where_it_stands(mutation: Mutation) -> None:
    faults = infer(mutation.text, INVENTED, is_alert=mutation.is_alert).faults

    assert [(fault.rule.id, mutation.text[fault.start : fault.end], fault.nearest) for fault in faults] == [
        (mutation.rule.id, mutation.marked, mutation.nearest)
    ]


def test_every_rule_has_a_seeded_mistake() -> None:
    assert {mutation.rule for mutation in MUTATIONS} == set(RULES.values())
