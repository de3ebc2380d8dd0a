"""Texts that are alike are read once, and what is said of each is what would be said of it alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.instrumentation.flow.correct import CORRECT
from tests.instrumentation.flow.grammar import vectors
from tests.instrumentation.flow.invented import INVENTED
from tests.instrumentation.flow.mutations import MUTATIONS
from watchbill.flow.family import Family, Kind
from watchbill.flow.memo import Memo
from watchbill.flow.reading import read
from watchbill.flow.values import Values
from watchbill.flow.vocabulary import Vocabulary

OF_MANY = Family(
    name="service:orders:rate5m",
    kind=Kind.GAUGE,
    labels={"service": Values.only({"a", "b", "c", "d"}), "slo": Values.only({"x", "y"})},
    certain=frozenset({"service", "slo"}),
    is_recorded=True,
)
VOCABULARY = INVENTED.with_families([OF_MANY])
SHAPES = (
    'sum(rate(desk_requests_total{service="$1", code="5xx"}[5m])) / sum(rate(desk_requests_total{service="$1"}[5m]))',
    'service:orders:rate5m{service="$1", slo="x"} / on (service) service:orders:rate5m{service="$2", slo="y"}',
    'up{service="$1"} or up{service="$2"}',
    'service:orders:rate5m{service="$1"} or service:orders:rate5m',
    'service:orders:rate5m{service="$1"} unless on (service, slo) service:orders:rate5m{slo="$2"}',
    'up{job="$1"} * on (job) group_left () up{job=~"$2|a"}',
    'label_replace(up{job="$1"}, "service", "$$1", "job", "(.*)") * on (service) group_left () up{service="$2"}',
    'absent(up{job="$1", service="$2"})',
    'parcels_total{outcome="$1"} offset 5m == 0',
    'parcels_total{outcome="$1"}',
    'nothing_total{outcome="$1"} + parcels_total{outcome="$2"}',
    "up{job='$1'} * on (job) group_left () up{job=\"$2\"}",
)
VALUES = st.sampled_from(["a", "b", "c", "e", "shop", "x", "y", "lost", "late", "5xx", "", "a b", "é", "q.r|s"])


@settings(max_examples=150)
@given(shape=st.sampled_from(SHAPES), pairs=st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=6))
def test_alike_texts_are_told_apart_where_they_differ(shape: str, pairs: list[tuple[str, str]]) -> None:
    memo = Memo(VOCABULARY)
    for one, other in pairs:
        text = shape.replace("$1", one).replace("$2", other)

        assert memo.infer(text, VOCABULARY, 15.0, is_alert=False) == read(text, VOCABULARY, 15.0, is_alert=False)


@settings(max_examples=150)
@given(text=vectors, one=VALUES, other=VALUES, is_alert=st.booleans())
def test_a_text_with_other_values_is_read_as_if_it_were_alone(text: str, one: str, other: str, is_alert: bool) -> None:
    memo = Memo(VOCABULARY)
    for changed in (text, text.replace('"a"', f'"{one}"'), text.replace('"b"', f'"{other}"')):
        assert memo.infer(changed, VOCABULARY, 15.0, is_alert=is_alert) == read(
            changed, VOCABULARY, 15.0, is_alert=is_alert
        )


def test_every_written_expression_is_read_the_same_twice() -> None:
    memo = Memo(INVENTED)
    for text in (*CORRECT, *(mutation.text for mutation in MUTATIONS)) * 2:
        assert memo.infer(text, INVENTED, 15.0, is_alert=False) == read(text, INVENTED, 15.0, is_alert=False)


def test_a_thousand_alike_services_are_read_once() -> None:
    memo = Memo(INVENTED)
    for number in range(1000):
        inference = memo.infer(f'sum by (service) (up{{service="shop-{number}"}})', INVENTED, 15.0, is_alert=False)

        assert inference.flow is not None
        assert inference.flow.labels["service"].known == {f"shop-{number}"}
    assert len(memo) == 1


def test_a_mistake_of_a_thousand_alike_services_is_read_once() -> None:
    memo = Memo(INVENTED)
    for number in range(1000):
        inference = memo.infer(f'parcels_total{{service="shop-{number}"}}', INVENTED, 15.0, is_alert=False)

        assert [(fault.rule.id, fault.start, fault.end) for fault in inference.faults] == [("raw-counter", 0, 13)]
    assert len(memo) == 1


@pytest.mark.parametrize("variable", ["[[job]]", "[[job:regex]]", "$job", "${job}"])
def test_a_variable_of_grafana_stands_for_no_value(variable: str) -> None:
    memo = Memo(INVENTED)
    for one, other in ((variable, "a"), ("a", "b"), (variable, variable), ("b", "b")):
        text = f'up{{job="{one}"}} and up{{job="{other}"}}'

        assert memo.infer(text, INVENTED, 15.0, is_alert=False) == read(text, INVENTED, 15.0, is_alert=False)


def test_a_vocabulary_is_forgotten_with_what_was_read_against_it() -> None:
    from gc import collect
    from weakref import ref

    from watchbill.flow.inference import infer

    vocabulary = Vocabulary(is_complete=False)
    infer("up", vocabulary)
    watched = ref(vocabulary)
    del vocabulary
    collect()

    assert watched() is None
