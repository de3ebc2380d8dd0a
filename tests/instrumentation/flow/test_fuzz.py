"""Whatever the text is, reading it gives findings and never an exception."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.instrumentation.flow.correct import ALERTS, CORRECT
from tests.instrumentation.flow.grammar import vectors
from tests.instrumentation.flow.invented import INVENTED
from tests.instrumentation.flow.mutations import MUTATIONS
from watchbill.flow.flow import Inference
from watchbill.flow.inference import infer
from watchbill.flow.rules import SYNTAX, TOO_DEEP
from watchbill.flow.vocabulary import Vocabulary

_SETTINGS = settings(max_examples=250)
_WORDS = st.sampled_from(
    (
        *("sum", "by", "without", "(", ")", "(", ")", "{", "}", "[5m]", "[5m:1m]", "[1h:]"),
        *("[9999999999y]", "rate", "up", "belt_depth", "parcels_total", ",", "+", "-", "*"),
        *("/", "%", "^", "==", "!=", ">", "=~", "!~", "=", '"a"', "'b'", "`c`", '"\\\\x"'),
        *("offset", "5m", "-5m", "@", "1", "1e9", "0x1f", "Inf", "NaN", ".5", "1."),
        *("start", "end", "bool", "on", "ignoring", "group_left", "group_right", "and", "or"),
        *("unless", "atan2", "le", '"le"', "$x", "${y}", "[$z]", "histogram_quantile", "label_replace"),
        *("0.9", "topk", "count_values", "absent", "info", "fill", "1e400", "99999999999999999999"),
        *("time", "#c", "é", '"', "'", "{", "__name__", ":", "a:b", "limitk", "histogram_quantiles"),
        *('"$1"', "(.*)", "[[x]]", "sorting_seconds_bucket", "label_join", "sort_by_label", "predict_linear"),
        *('""', "quantile"),
    )
)
_TEXTS = (*CORRECT, *ALERTS, *(mutation.text for mutation in MUTATIONS))
_EMPTY = Vocabulary()
_OPEN = Vocabulary(is_complete=False)


def _check(text: str, vocabulary: Vocabulary, *, is_alert: bool = False) -> Inference:
    inference = infer(text, vocabulary, is_alert=is_alert)

    assert inference.text == text
    assert (inference.flow is None) == any(fault.rule in {SYNTAX, TOO_DEEP} for fault in inference.faults)
    assert all(0 <= fault.start <= fault.end <= len(text) and fault.message for fault in inference.faults)
    return inference


@_SETTINGS
@given(text=st.text(), vocabulary=st.sampled_from([INVENTED, _EMPTY, _OPEN]))
def test_any_text_gives_findings(text: str, vocabulary: Vocabulary) -> None:
    _check(text, vocabulary)


@_SETTINGS
@given(words=st.lists(_WORDS, min_size=1, max_size=14), is_alert=st.booleans())
def test_words_of_promql_in_any_order_give_findings(words: list[str], is_alert: bool) -> None:
    _check(" ".join(words), INVENTED, is_alert=is_alert)


@_SETTINGS
@given(text=vectors, vocabulary=st.sampled_from([INVENTED, _EMPTY, _OPEN]), is_alert=st.booleans())
def test_any_expression_is_read_in_any_vocabulary(text: str, vocabulary: Vocabulary, is_alert: bool) -> None:
    assert _check(text, vocabulary, is_alert=is_alert).flow is not None


@pytest.mark.parametrize("seed", range(8))
def test_a_correct_expression_with_a_part_missing_gives_findings(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # no secret
    for text in _TEXTS:
        start = dice.randrange(len(text))
        _check(text[:start] + text[start + dice.randint(1, 6) :], INVENTED)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "up" + ")" * 5000,
        "-" * 5000 + "up",
        " + ".join(["up"] * 5000),
        " ^ ".join(["up"] * 400),
        "abs(" * 90 + "up" + ")" * 90,
        " or ".join(["up"] * 400),
        "sum(" * 5000,
        "{" * 5000,
        '"' * 5001,
        "up @ 1e400",
        "up offset 1e300",
        "up[5m] offset NaN",
        'up{job=~"' + "(a*)*" * 50 + 'b"}',
        "\x00",
        "\ud800",
        "up\n" * 3000,
        '{__name__=~"(.*)*!"}',
        '{__name__=~"([a-z_]+)+!"}',
        '{__name__=~"' + "(.*|a)" * 20 + '!"}',
        '{__name__=~"' + ".*" * 30 + '!"}',
        "$" + "[" * 60_000,
        "up[" + "${" * 60_000,
        'up{job="' + "${" * 60_000 + '"}',
        'up{job="' + "[[a" * 60_000 + '"}',
        "(" * 500_000,
        "up{" + ",".join(f'job="{number}"' for number in range(20_000)) + "}",
        'up{job=~"' + "|".join(f"a{number}" for number in range(20_000)) + '"}',
        "sum by (" + ",".join(f"a{number}" for number in range(2_000)) + ") (up)",
    ],
    ids=range(28),
)
def test_an_extreme_text_gives_findings(text: str) -> None:
    _check(text, INVENTED)


def test_a_long_chain_of_one_operator_is_read() -> None:
    inference = _check(" or ".join(f'up{{job="{number}"}}' for number in range(400)), INVENTED)

    assert inference.faults == ()
    assert len(inference.references) == 400
