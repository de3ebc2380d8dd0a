"""Variables of a dashboard, replaced by what their place asks for."""

import pytest

from watchbill import promql
from watchbill_stack.foreign.reading import Reading, read
from watchbill_stack.foreign.splice import Splice
from watchbill_stack.foreign.variable import Variable, unknown
from watchbill_stack.foreign.variable_query import read_variable_query

VARIABLES = {
    name: Variable(name=name) for name in ("k", "instance", "job", "metric", "group", "interval", "limit", "filter")
} | {
    "prefix": Variable(name="prefix", type="constant", values=("parcel",)),
    "window": Variable(name="window", type="constant", values=("10m",)),
    "over": Variable(name="over", type="custom", values=("min", "max")),
}


def meant(text: str) -> Splice:
    """The first way to read a text that is PromQL."""
    for splice in read(text, VARIABLES).texts():
        try:
            promql.parse(splice.text)
        except promql.InvalidPromQL:
            continue
        return splice
    pytest.fail(f"{text} cannot be read")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topk($k, sum by (job) (x))", "topk(scalar(__variable__), sum by (job) (x))"),
        ("x > $limit", "x > scalar(__variable__)"),
        ("rate(x[$__rate_interval])", "rate(x[1m])"),
        ("rate(x[${interval}])", "rate(x[5m])"),
        ("rate(x[[[interval]]])", "rate(x[5m])"),
        ("rate(x[$window])", "rate(x[10m])"),
        ("rate(x[${__range_s}s])", "rate(x[5m])"),
        ("max_over_time(x[$__range:$__interval])", "max_over_time(x[1h:1m])"),
        ("x[$interval:]", "x[1h:]"),
        ("increase(x[$__range]) / $__range_s", "increase(x[1h]) / 3600"),
        ("x offset $interval", "x offset 5m"),
        ("x offset -$interval", "x offset -5m"),
        ("x offset ${k}h", "x offset 5m"),
        ("x @ ${__from:date:seconds}", "x @ 1700000000"),
        ('x{job=~"$job"}', 'x{job=~".*"}'),
        ("x{job=~$job}", 'x{job=~".*"}'),
        ("x{job='[[job]]'}", "x{job=~'.*'}"),
        ('x{job="a.$job"}', 'x{job=~"a\\\\..*"}'),
        ('x{job=~"${job:regex}|b"}', 'x{job=~".*|b"}'),
        ('x{job!~"$job"}', 'x{job!~"_variable_"}'),
        ('{job="$job"}', '{job=~".+"}'),
        ('x{job="$prefix"}', 'x{job="parcel"}'),
        ('x{le="$limit"}', 'x{le="+Inf"}'),
        ("${prefix}_total", "parcel_total"),
        ("parcel_${metric}_total", "__variable__"),
        ("rate($metric[5m])", "rate(__variable__[5m])"),
        ('$metric{job="a"}', '__variable__{job="a"}'),
        ("sum($metric)", "sum(__variable__)"),
        ("sum by ($group) (x)", "sum by (__variable__) (x)"),
        ("sum by (job, ${group:csv}) (x)", "sum by (job, __variable__) (x)"),
        ("a / on ($group) group_left b", "a / on (__variable__) group_left b"),
        ("$over(x)", "min(x)"),
        ("$over by (job) (x)", "min by (job) (x)"),
        ("${over}_over_time(x[5m])", "max_over_time(x[5m])"),
        ("x{$filter}", 'x{__variable__!="_"}'),
        ('{$filter, job="a"}', '{__variable__!="_", job="a"}'),
        ('label_replace(x, "$group", "$1", "job", "(.*)")', 'label_replace(x, "__variable__", "$1", "job", "(.*)")'),
        ("holt_winters(x[1h], 0.5, 0.5)", "double_exponential_smoothing(x[1h], 0.5, 0.5)"),
        ("x > 1_000", "x > 1000"),
        ("rate(x[5m] anchored)", "rate(x[5m] )"),
        ("x # $instance", "x # $instance"),
    ],
)
def test_a_variable_becomes_what_its_place_asks_for(text: str, expected: str) -> None:
    assert meant(text).text == expected


def test_a_rule_file_has_no_variables() -> None:
    assert [splice.text for splice in read("x > $limit", None).texts()] == ["x > $limit"]


def test_a_place_in_what_is_read_leads_back_to_the_original() -> None:
    text = 'sum by (cmd) (rate(x{job="$job"}[$interval])) > $limit'
    splice = meant(text)
    start = splice.text.index("cmd")

    assert splice.origin(start, start + 3) == (text.index("cmd"), text.index("cmd") + 3)
    start = splice.text.index("__variable__")
    begin, end = splice.origin(start, start + 3)
    assert text[begin:end] == "$limit"
    start = splice.text.index('=~".*"')
    begin, end = splice.origin(start, start + 6)
    assert text[begin:end] == '="$job"'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x{job='$jobs'}", ["jobs"]),
        ("topk(${n:raw}, x) > [[m]]", ["n", "m"]),
        ("x[$__intervall]", ["__intervall"]),
        ("x[$__auto_interval_interval] @ $__to", []),
        ('label_replace(x, "a", "$rest-$1", "job", "(?P<rest>.*)")', []),
        ("x # $nobody", []),
    ],
)
def test_a_variable_that_nobody_declares_is_unknown(text: str, names: list[str]) -> None:
    reading = read(text, VARIABLES)

    assert [mention.name for mention in unknown(reading.mentions, VARIABLES, text)] == names


def test_a_name_that_is_a_variables_makes_a_reading_loose() -> None:
    assert Reading.is_loose(meant("sum by ($group) (x)").text)
    assert not Reading.is_loose(meant('topk($k, x{job!="$job"})').text)


def test_a_run_of_mentions_is_read_in_one_way() -> None:
    text = "{" + "$job" * 40 + "!}"

    assert [splice.text for splice in read(text, VARIABLES).texts()]
    assert read_variable_query(f"label_values(x, {text})", VARIABLES, 15.0).text


@pytest.mark.parametrize("selector", [" " * 19_000, "x" + " ,y" * 6_000])
def test_a_query_of_a_variable_is_read_in_one_pass(selector: str) -> None:
    text = f"label_values(x,{selector}!)"

    assert read_variable_query(text, VARIABLES, 15.0).text == text
