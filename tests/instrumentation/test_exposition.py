"""The exposition formats: what is written reads back as it was, with prometheus-client's own parsers."""

from collections.abc import Callable, Iterable
from math import inf, isnan, nan

import prometheus_client as client
import pytest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    SummaryMetricFamily,
    UnknownMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric as ClientFamily
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families as text_families
from prometheus_client.samples import Exemplar

from watchbill.catalogue import Counter, Gauge, Label
from watchbill.exposition import OPENMETRICS, TEXT, Family, Sample, client_families, encode, negotiated

TIER = Label(name="tier", help="The tier.", bound=10)
ORDERS = Counter(name="orders_total", help="Orders.", labels=(TIER,))
COMMITS = Counter(name="commits", help="Commits.", community_name=True)
OPEN_ORDERS = Gauge(name="open_orders", help="Open orders.", labels=(TIER,))
HOSTILE = [
    'say "hi"',
    "C:\\temp\\n",
    "two\nlines",
    "\\",
    '\\"',
    '"',
    "{a}, b=c} 1",
    "é☃ 漢",
    "",
    " ",
    "# EOF",
    "\r",
    "\t",
]
Read = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse_text(text: str) -> list[ClientFamily]:
    return list(text_families(text))


def parse_openmetrics(text: str) -> list[ClientFamily]:
    # prometheus-client leaves this parser untyped.
    parse: Callable[[str], Iterable[ClientFamily]] = vars(openmetrics_parser)["text_string_to_metric_families"]
    return list(parse(text))


def read(families: Iterable[ClientFamily]) -> Read:
    """Every sample by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def in_both_formats(families: Iterable[Family]) -> tuple[Read, Read]:
    listed = list(families)
    return read(parse_text(encode(listed))), read(parse_openmetrics(encode(listed, OPENMETRICS)))


def types(text: str) -> dict[str, str]:
    """The `# TYPE` lines."""
    words = (line.split() for line in text.splitlines() if line.startswith("# TYPE"))
    return {name: kind for _, _, name, kind in words}


class Held:
    """A collector of given families."""

    def __init__(self, *families: ClientFamily) -> None:
        self.families = families

    def collect(self) -> Iterable[ClientFamily]:
        return self.families


def collected(*families: ClientFamily) -> list[Family]:
    registry = client.CollectorRegistry()
    registry.register(Held(*families))
    return list(client_families(registry.collect()))


def test_counters_and_gauges_of_the_catalogue_are_written_in_both_formats() -> None:
    families = [
        Family.of(ORDERS, [(("gold",), 3), (("silver",), 0.5)]),
        Family.of(OPEN_ORDERS, [(("gold",), -2)]),
    ]

    assert encode(families) == (
        "# HELP orders_total Orders.\n# TYPE orders_total counter\n"
        'orders_total{tier="gold"} 3\norders_total{tier="silver"} 0.5\n'
        "# HELP open_orders Open orders.\n# TYPE open_orders gauge\n"
        'open_orders{tier="gold"} -2\n'
    )
    assert encode(families, OPENMETRICS) == (
        "# HELP orders Orders.\n# TYPE orders counter\n"
        'orders_total{tier="gold"} 3\norders_total{tier="silver"} 0.5\n'
        "# HELP open_orders Open orders.\n# TYPE open_orders gauge\n"
        'open_orders{tier="gold"} -2\n'
        "# EOF\n"
    )


def test_nothing_is_an_empty_text_and_an_ended_openmetrics() -> None:
    assert encode([]) == ""
    assert encode([], OPENMETRICS) == "# EOF\n"


def test_a_community_counter_without_total_is_a_counter_in_text_and_unknown_in_openmetrics() -> None:
    families = [Family.of(COMMITS, [((), 7)])]

    assert types(encode(families)) == {"commits": "counter"}
    assert types(encode(families, OPENMETRICS)) == {"commits": "unknown"}
    assert "\ncommits 7\n" in encode(families)
    assert read(parse_openmetrics(encode(families, OPENMETRICS))) == {("commits", frozenset()): 7}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_label_value_keeps_every_character(value: str) -> None:
    expected = {("open_orders", frozenset({("tier", value)})): 1}

    assert in_both_formats([Family.of(OPEN_ORDERS, [((value,), 1)])]) == (expected, expected)


@pytest.mark.parametrize("help_text", [*HOSTILE[:7], "Orders.", "a\nb"])
def test_a_help_text_keeps_every_character(help_text: str) -> None:
    families = [Family("open_orders", "gauge", help_text, [Sample("", (), (), 1)])]
    (text,) = parse_text(encode(families))
    (openmetrics,) = parse_openmetrics(encode(families, OPENMETRICS))

    assert (text.documentation, openmetrics.documentation) == (help_text, help_text)


def test_a_label_value_that_is_no_unicode_does_not_spoil_the_rest() -> None:
    text = encode([Family.of(OPEN_ORDERS, [(("caf\udce9",), 1), (("café",), 2)])])

    assert text.encode().decode() == text
    assert 'open_orders{tier="caf?"} 1\nopen_orders{tier="café"} 2\n' in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (3.0, "3"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (1e-9, "1e-09"),
        (2**53, "9007199254740992.0"),
        (1e300, "1e+300"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
        (nan, "NaN"),
        (True, "1"),
    ],
)
def test_a_value_reads_back_exactly(value: float, written: str) -> None:
    families = [Family.of(OPEN_ORDERS, [(("gold",), value)])]

    assert encode(families).splitlines()[-1] == f'open_orders{{tier="gold"}} {written}'
    for parsed in in_both_formats(families):
        (back,) = parsed.values()
        assert back == value or (isnan(back) and isnan(value))


def test_what_the_client_counted_reads_back_as_the_client_wrote_it() -> None:
    registry = client.CollectorRegistry()
    client.Counter("orders", "Orders.", ["tier"], registry=registry).labels('go"ld').inc(2)
    client.Gauge("open_orders", "Open.", registry=registry).set(-inf)
    client.Summary("wait_seconds", "Wait.", registry=registry).observe(0.5)
    histogram = client.Histogram("size_bytes", "Size.", ["tier"], registry=registry, buckets=(0.5, 1e6))
    histogram.labels("gold").observe(3)
    histogram.labels("two\nlines").observe(1e9)
    client.Info("release", "Release.", registry=registry).info({"version": "1"})
    client.Enum("state", "State.", states=["up", "down"], registry=registry).state("down")
    without_created = {
        key: value
        for key, value in read(parse_text(client.generate_latest(registry).decode())).items()
        if not key[0].endswith("_created")
    }

    assert in_both_formats(client_families(registry.collect())) == (without_created, without_created)


@pytest.mark.parametrize("content_type", [TEXT, OPENMETRICS])
def test_the_created_series_of_the_client_are_left_out(content_type: str) -> None:
    registry = client.CollectorRegistry()
    client.Counter("orders", "Orders.", registry=registry)
    client.Histogram("size_bytes", "Size.", registry=registry)
    client.Summary("wait_seconds", "Wait.", registry=registry)

    assert "_created" not in encode(client_families(registry.collect()), content_type)


def test_a_gauge_that_is_called_created_stays() -> None:
    registry = client.CollectorRegistry()
    client.Gauge("orders_created", "Orders created.", registry=registry).set(5)

    assert "\norders_created 5\n" in encode(client_families(registry.collect()))


def test_a_family_without_samples_keeps_its_head() -> None:
    registry = client.CollectorRegistry()
    client.Counter("orders", "Orders.", ["tier"], registry=registry)

    assert encode(client_families(registry.collect())) == "# HELP orders_total Orders.\n# TYPE orders_total counter\n"


def test_exemplars_are_written_in_openmetrics_alone() -> None:
    registry = client.CollectorRegistry()
    exemplar = {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    client.Counter("orders", "Orders.", registry=registry).inc(1, exemplar)
    client.Histogram("size_bytes", "Size.", registry=registry, buckets=(1, 2)).observe(1.5, exemplar)
    families = list(client_families(registry.collect()))

    found = {
        (sample.name, sample.labels.get("le")): sample.exemplar
        for family in parse_openmetrics(encode(families, OPENMETRICS))
        for sample in family.samples
        if sample.exemplar
    }
    assert {key: (one.labels, one.value) for key, one in found.items()} == {
        ("orders_total", None): (exemplar, 1),
        ("size_bytes_bucket", "2.0"): (exemplar, 1.5),
    }
    assert all(one.timestamp for one in found.values())
    assert "trace_id" not in encode(families)


# The client's parser cannot read an odd number of quotes in an exemplar.
@pytest.mark.parametrize("value", [value for value in HOSTILE if value.count('"') % 2 == 0])
def test_an_exemplars_labels_keep_every_character(value: str) -> None:
    family = Family("a_total", "counter", "A.", [Sample("", (), (), 1, Exemplar({"trace_id": value}, 1))])
    ((sample,),) = (one.samples for one in parse_openmetrics(encode([family], OPENMETRICS)))

    assert sample.exemplar is not None
    assert sample.exemplar.labels == {"trace_id": value}
    assert sample.exemplar.timestamp is None


def test_an_exemplar_where_openmetrics_allows_none_is_left_out() -> None:
    exemplar = Exemplar({"trace_id": "a"}, 1)
    families = [
        Family("open_orders", "gauge", "Open.", [Sample("", (), (), 1, exemplar)]),
        Family("commits", "counter", "Commits.", [Sample("", (), (), 1, exemplar)]),
    ]

    assert "trace_id" not in encode(families, OPENMETRICS)
    assert parse_openmetrics(encode(families, OPENMETRICS))


def test_collectors_of_others_read_back_in_both_formats() -> None:
    gauge_histogram = GaugeHistogramMetricFamily("ages", "Ages.", buckets=[("1", 2), ("+Inf", 3)], gsum_value=4)
    odd = ClientFamily("odd", "Odd.", "counter")
    odd.add_sample("odd", {}, 6)
    families = collected(
        CounterMetricFamily("hits", "Hits.", value=1),
        UnknownMetricFamily("some", "Some.", value=2),
        SummaryMetricFamily("waits", "Waits.", count_value=3, sum_value=4),
        InfoMetricFamily("release", "Release.", value={"version": "1"}),
        StateSetMetricFamily("state", "State.", value={"up": True}),
        gauge_histogram,
        odd,
    )
    text, openmetrics = in_both_formats(families)

    assert text == openmetrics
    assert {name for name, _ in text} == {
        "hits_total", "some", "waits_count", "waits_sum", "release_info", "state", "ages_bucket", "ages_gcount",
        "ages_gsum", "odd",
    }  # fmt: skip
    assert text["odd", frozenset()] == 6


def test_names_beyond_prometheus_classic_letters_get_underscores() -> None:
    families = collected(UnknownMetricFamily("http.server/größe", "Size.", labels=["http.route"]))
    families += collected(UnknownMetricFamily("a.b", "A.", value=1))

    assert [family.name for family in families] == ["http_server_gr__e", "a_b"]
    assert in_both_formats(families)[0] == {("a_b", frozenset()): 1}


_OM = "application/openmetrics-text"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/plain", TEXT),
        ("text/html, */*;q=0.8", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", OPENMETRICS),
        # What Prometheus sends: 2.42, then 3, by default and with the text format preferred.
        (f"{_OM};version=1.0.0,{_OM};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
        (f"{_OM};version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.1", OPENMETRICS),
        ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.4", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0, text/plain", TEXT),
        ("application/openmetrics-text;q=nonsense", OPENMETRICS),
        (";;,,=", TEXT),
    ],
)
def test_the_format_is_the_one_the_scraper_prefers(accept: str, content_type: str) -> None:
    assert negotiated(accept) == content_type


def test_a_content_type_names_its_version() -> None:
    assert TEXT == CONTENT_TYPE_PLAIN_0_0_4
    assert OPENMETRICS == CONTENT_TYPE_LATEST
