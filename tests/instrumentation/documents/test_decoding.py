"""Documents from JSON that somebody wrote."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.documents.decoding import WrongDocument, decoded
from watchbill.documents.encoding import VERSION, encoded

ORDERS: dict[str, Any] = {"name": "orders_total", "kind": "counter", "unit": "", "help": "Orders.", "labels": []}


def _text(*metrics: object, **more: object) -> str:
    return json.dumps({"version": VERSION, "subjects": [{"title": "Own", "metrics": metrics}], **more})


def _causes(text: str) -> list[str]:
    with pytest.raises(WrongDocument) as caught:
        decoded(text, "metrics.json")
    assert all(problem.place.file == "metrics.json" for problem in caught.value.problems)
    return [problem.cause for problem in caught.value.problems]


def test_all_mistakes_are_named_at_once_with_their_place_in_the_file() -> None:
    causes = _causes(
        _text(
            ORDERS | {"kind": "summary"},
            ORDERS | {"name": "orders"},
            ORDERS | {"labels": [{"name": "1st", "help": "First.", "bound": 1}]},
            ORDERS | {"kind": "histogram", "name": "size", "buckets": [2, 1]},
            ORDERS | {"unit": "furlongs"},
            7,
        )
    )

    assert causes[0].startswith("subjects[0].metrics[0].kind: 'summary' is no kind of metric")
    assert "subjects[0].metrics[1]: metric 'orders': a counter's name ends in _total" in causes
    assert any(cause.startswith("subjects[0].metrics[2].labels[0]: label '1st': a label name") for cause in causes)
    assert any(cause.startswith("subjects[0].metrics[3]: metric 'size': bucket bounds ascend") for cause in causes)
    assert "subjects[0].metrics[4].unit: 'furlongs' is no unit" in causes
    assert "subjects[0].metrics[5]: an object is wanted" in causes


def test_keys_that_nobody_knows_are_passed_over() -> None:
    text = _text(ORDERS | {"colour": "blue"}, mood="good")

    assert [metric.name for metric in decoded(text).metrics] == ["orders_total"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{", "it is no JSON"),
        ("[]", "it holds no document about metrics"),
        ('{"version": 1}', "it holds no document about metrics"),
        ('{"version": 2, "subjects": []}', "it has version 2, and this Watchbill reads version 1"),
        ("[" * 100_000, "it is no JSON"),
    ],
)
def test_what_is_no_document_is_one_clear_error(text: str, cause: str) -> None:
    (found,) = _causes(text)

    assert found.startswith(cause)


def test_a_bound_beyond_all_numbers_is_a_mistake_like_any_other() -> None:
    text = _text(ORDERS | {"kind": "histogram", "name": "size", "buckets": [10**400]})

    assert "subjects[0].metrics[0].buckets: a list of numbers is wanted" in _causes(text)


_ODD: list[object] = [
    None,
    True,
    0,
    -1,
    2.5,
    10**400,
    float("inf"),
    "",
    "code",
    "ratio",
    "gauge",
    [],
    [1],
    ["a", "a"],
    [[]],
    [{}],
    {},
    {"a": 1},
]
_ANYTHING = st.sampled_from(_ODD)
_KEYS = ["name", "kind", "unit", "help", "labels", "buckets", "values", "bound", "origin", "title", "metrics", "names"]


@given(st.dictionaries(st.sampled_from(_KEYS), _ANYTHING), st.sampled_from(["subjects", "services"]))
def test_whatever_stands_in_a_document_it_is_read_or_refused(entry: dict[str, object], section: str) -> None:
    metric = ORDERS | entry
    content = {"version": VERSION, "subjects": [], section: [entry, {"title": "", "name": "", "metrics": [metric]}]}
    document = None
    with suppress(WrongDocument):
        document = decoded(json.dumps(content))

    assert document is None or decoded(encoded(document)) == document
