"""PromQL text: parsing, and which series it reads."""

import sys
from collections.abc import Callable

import pytest

from watchbill import promql
from watchbill.errors import MissingExtra
from watchbill.promql import InvalidPromQL


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("up", {"up"}),
        ("1 + 2", set[str]()),
        ("sum by (job) (rate(a_total[5m])) / ignoring (x) b", {"a_total", "b"}),
        ("histogram_quantile(0.95, rate(wait_seconds_bucket[5m]))", {"wait_seconds_bucket"}),
        ("max_over_time(rate(a_total[5m])[1h:1m])", {"a_total"}),
        ("slo:error_ratio:rate5m > 0.1", {"slo:error_ratio:rate5m"}),
        ('absent(up{job="b"})', {"up"}),
        ('{__name__="a"}', {"a"}),
        ('{__name__=~"a.*"}', set[str]()),
        ("a # b\n", {"a"}),
        ("-(a or (b unless c))", {"a", "b", "c"}),
    ],
)
def test_the_names_of_the_series_a_text_reads(text: str, names: set[str]) -> None:
    assert promql.metric_names(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "rate(a[$__rate_interval])",
        "rate(a[${__rate_interval}])",
        "rate(a[$__interval])",
        "increase(a[$__range])",
        "rate(a[$window])",
        "rate(a[${window:raw}])",
        "max_over_time(rate(a[5m])[$__range:$__interval])",
        'rate(a{b="$b", c=~"${c:regex}", d=~"[$e]"}[$__rate_interval])',
    ],
)
def test_grafanas_duration_variables_parse(text: str) -> None:
    assert promql.metric_names(text) == {"a"}


def test_a_variable_inside_a_string_stands_as_written() -> None:
    assert promql.canonical('a{b=~"[$c]"}') == 'a{b=~"[$c]"}'


@pytest.mark.parametrize("text", ["", "sum(", "a b", "rate(a)", "a{b=c}", "$variable", "a[5m", 'a{b="\\q"}'])
def test_what_is_no_promql_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InvalidPromQL) as caught:
        promql.parse(text)

    assert repr(text) in str(caught.value)


def test_the_canonical_form_sorts_matchers_and_keeps_escapes() -> None:
    first = promql.canonical(r'sum(a{c="x\n\"y\"",b="1"}) by (d)')

    assert first == promql.canonical(r'sum by (d) (a{b="1", c="x\n\"y\""})')
    assert r"x\n\"y\"" in first


@pytest.mark.parametrize("read", [promql.parse, promql.canonical, promql.metric_names])
def test_without_promql_parser_the_error_says_how_to_install_it(
    read: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "promql_parser", None)

    with pytest.raises(MissingExtra) as caught:
        read("up")

    assert str(caught.value) == (
        'watchbill.promql needs promql-parser, which is not installed.\nInstall it with: pip install "watchbill[stack]"'
    )
