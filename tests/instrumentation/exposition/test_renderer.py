"""Stored numbers as text: what is written reads back as it was, and as prometheus-client writes equal numbers."""

import random
from collections.abc import Callable, Iterable, Sequence
from math import inf, isnan, nan

import prometheus_client as client
import pytest
from prometheus_client.metrics_core import Metric as ClientFamily
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as text_families
from prometheus_client.samples import Exemplar

from watchbill.catalogue.buckets import BODY_BYTES, HTTP_SECONDS
from watchbill.exposition.block import PLAIN_SERIES
from watchbill.exposition.renderer import Renderer
from watchbill.store.schema import Schema
from watchbill.store.store import Store

OPEN = Schema("open_orders", "gauge", "Open orders.", ("tier",))
ORDERS = Schema("orders_total", "counter", "Orders.", ("tier", "shop"))
COMMITS = Schema("commits", "counter", "Commits.")
WAIT = Schema("wait_seconds", "histogram", "Wait.", ("tier",), (0.1, 1.0, 1e6))
CHANGE = Schema("change_celsius", "histogram", "Change.", (), (-1.0, 1.0))
SIZE = Schema("size_bytes", "summary", "Size.", ("tier",))
LATEST = Schema("deployed_timestamp_seconds", "gauge", "Deployed.", ("tier",), merge="latest")
TRACE = {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
HOSTILE = [
    'say "hi"', "C:\\temp\\n", "two\nlines", "\\", '"', "{a}, b=c} 1", "é☃ 漢", "", " ", "# EOF", "\r", "\t",
    "100 %", "%s %d %%", "\0", "\u2028", "\x85", "{} {0}",
]  # fmt: skip
Read = dict[tuple[str, frozenset[tuple[str, str]]], float]


def raised(error: Exception) -> None:
    raise error


def page(store: Store, renderer: Renderer | None = None, *, openmetrics: bool = False) -> str:
    found = (renderer or Renderer(raised)).pieces(store.snapshot(), openmetrics=openmetrics)
    return b"".join(found).decode() + ("# EOF\n" if openmetrics else "")


def write(store: Store, schema: Schema, values: tuple[str, ...], *cells: float) -> None:
    at = store.series(store.family(schema), values)
    for place, number in enumerate(cells or (1.0,)):
        store.cells[at + place] = number


def read(families: Iterable[ClientFamily]) -> Read:
    found: Read = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"{key} stands twice"
            found[key] = sample.value
    return found


def parse_openmetrics(text: str) -> list[ClientFamily]:
    # prometheus-client leaves this parser untyped.
    parse: Callable[[str], Iterable[ClientFamily]] = vars(openmetrics_parser)["text_string_to_metric_families"]
    return list(parse(text))


def in_both(store: Store, renderer: Renderer | None = None) -> Read:
    """What the page says; both formats agree."""
    text = read(text_families(page(store, renderer)))
    openmetrics = read(parse_openmetrics(page(store, renderer, openmetrics=True)))
    # As text, so that NaN equals itself.
    assert {key: repr(one) for key, one in text.items()} == {key: repr(one) for key, one in openmetrics.items()}
    return text


@pytest.mark.parametrize("value", HOSTILE)
def test_a_label_value_keeps_every_character(value: str) -> None:
    store = Store()
    write(store, ORDERS, (value, "a"), 3)
    write(store, WAIT, (value,), 1, 0, 0, 0, 0.5)

    found = in_both(store)
    assert found["orders_total", frozenset({("tier", value), ("shop", "a")})] == 3
    assert found["wait_seconds_bucket", frozenset({("tier", value), ("le", "0.1")})] == 1
    assert found["wait_seconds_sum", frozenset({("tier", value)})] == 0.5


def test_a_label_value_that_is_no_unicode_does_not_spoil_the_rest() -> None:
    store = Store()
    for value in ("caf\udce9", "café"):
        write(store, OPEN, (value,), 1)
        write(store, WAIT, (value,), 1)

    text = page(store)
    assert 'open_orders{tier="caf?"} 1\nopen_orders{tier="café"} 1\n' in text
    assert 'wait_seconds_count{tier="caf?"} 1\n' in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-7.0, "-7"),
        (0.1, "0.1"),
        (1e-9, "1e-09"),
        (2.0**53, "9007199254740992.0"),
        (1e300, "1e+300"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
        (nan, "NaN"),
    ],
)
@pytest.mark.parametrize("beside", [0.0, 0.5, nan, 1e300])
def test_a_value_reads_back_exactly_whatever_stands_beside_it(value: float, written: str, beside: float) -> None:
    store = Store()
    write(store, OPEN, ("a",), value)
    write(store, OPEN, ("b",), beside)

    assert f'open_orders{{tier="a"}} {written}\n' in page(store)
    found = in_both(store)["open_orders", frozenset({("tier", "a")})]
    assert found == value or (isnan(found) and isnan(value))


def test_every_number_of_a_kind_stands_under_its_name() -> None:
    store = Store()
    write(store, WAIT, ("a",), 1, 2, 0, 4, 9.5)
    write(store, SIZE, ("a",), 3, 4.5)
    write(store, LATEST, ("a",), 1.5e9, 1.6e9)

    tier = ("tier", "a")
    assert in_both(store) == {
        ("wait_seconds_bucket", frozenset({tier, ("le", "0.1")})): 1,
        ("wait_seconds_bucket", frozenset({tier, ("le", "1.0")})): 3,
        ("wait_seconds_bucket", frozenset({tier, ("le", "1e+06")})): 3,
        ("wait_seconds_bucket", frozenset({tier, ("le", "+Inf")})): 7,
        ("wait_seconds_sum", frozenset({tier})): 9.5,
        ("wait_seconds_count", frozenset({tier})): 7,
        ("size_bytes_count", frozenset({tier})): 3,
        ("size_bytes_sum", frozenset({tier})): 4.5,
        ("deployed_timestamp_seconds", frozenset({tier})): 1.5e9,
    }


def test_a_histogram_of_negative_values_has_no_sum_and_in_openmetrics_no_count() -> None:
    store = Store()
    write(store, CHANGE, (), 1, 2, 3, -4.5)

    text = page(store)
    assert "change_celsius_sum" not in text
    assert "change_celsius_count 6\n" in text
    buckets = read(parse_openmetrics(page(store, openmetrics=True)))
    assert {name for name, _ in buckets} == {"change_celsius_bucket"}


def test_heads_name_kind_and_help_as_each_format_wants_it() -> None:
    store = Store()
    for schema in (ORDERS, COMMITS, OPEN, WAIT, SIZE):
        store.family(schema)

    kinds = {family.name: family.type for family in parse_openmetrics(page(store, openmetrics=True))}
    assert kinds == {
        "orders": "counter", "commits": "unknown", "open_orders": "gauge", "wait_seconds": "histogram",
        "size_bytes": "summary",
    }  # fmt: skip
    assert "# HELP orders_total Orders.\n# TYPE orders_total counter\n# HELP commits Commits.\n" in page(store)
    assert "# TYPE commits counter\n" in page(store)


def test_names_beyond_prometheus_classic_letters_get_underscores() -> None:
    store = Store()
    write(store, Schema("http.server/größe", "gauge", "Size.", ("http.route",)), ("/a.b",), 1)

    assert in_both(store) == {("http_server_gr__e", frozenset({("http_route", "/a.b")})): 1}


def test_exemplars_are_written_in_openmetrics_alone_and_only_where_it_allows_them() -> None:
    store, renderer = Store(), Renderer(raised)
    for schema, place in ((ORDERS, 0), (WAIT, 1), (COMMITS, 0), (OPEN, 0), (SIZE, 0)):
        values = tuple("a" for _ in schema.labels)
        write(store, schema, values, 5, 5)
        family = store.family(schema)
        store.mark(family, family.series[values], place, Exemplar(TRACE, 0.75, 1.6e9))

    def marked() -> dict[tuple[str, str | None], tuple[object, float, object]]:
        return {
            (sample.name, sample.labels.get("le")): (
                sample.exemplar.labels,
                sample.exemplar.value,
                str(sample.exemplar.timestamp),
            )
            for family in parse_openmetrics(page(store, renderer, openmetrics=True))
            for sample in family.samples
            if sample.exemplar
        }

    first = (TRACE, 0.75, "1600000000.000000000")
    assert marked() == {("orders_total", None): first, ("wait_seconds_bucket", "1.0"): first}
    assert "trace_id" not in page(store, renderer)
    wait = store.family(WAIT)
    store.mark(wait, wait.series[("a",)], 3, Exemplar({"trace_id": '"quoted" \\\n é'}, 8, 1.7e9))
    assert set(marked()) == {("orders_total", None), ("wait_seconds_bucket", "1.0"), ("wait_seconds_bucket", "+Inf")}


def test_a_changed_number_a_new_series_and_a_removed_one_are_seen_at_once() -> None:
    store, renderer = Store(), Renderer(raised)
    for schema in (OPEN, WAIT):
        for number in range(PLAIN_SERIES + 100):
            write(store, schema, (str(number),), number)
    assert in_both(store, renderer) == in_both(store)
    for schema in (OPEN, WAIT):
        write(store, schema, ("7",), 1e6)
        write(store, schema, ("new",), 2)
        store.remove(store.family(schema), ("300",))
        store.remove(store.family(schema), (str(PLAIN_SERIES + 99),))
        write(store, schema, ("newer",), 3)

    found = in_both(store, renderer)
    assert found == in_both(store)
    assert found["open_orders", frozenset({("tier", "7")})] == 1e6
    assert ("open_orders", frozenset({("tier", "300")})) not in found
    store.family(OPEN).series.clear()
    assert "open_orders{" not in page(store, renderer)


def test_a_series_that_gets_the_cell_of_a_removed_one_gets_its_own_labels() -> None:
    store, renderer = Store(), Renderer(raised)
    write(store, OPEN, ("old",), 1)
    page(store, renderer)
    family = store.family(OPEN)
    family.series = {("new",): family.series[("old",)]}

    assert in_both(store, renderer) == {("open_orders", frozenset({("tier", "new")})): 1}


def test_a_series_that_comes_back_with_its_old_cell_stands_once() -> None:
    store, renderer = Store(), Renderer(raised)
    for tier in ("a", "b", "c"):
        write(store, OPEN, (tier,), 1)
    page(store, renderer)
    family = store.family(OPEN)
    family.series[("a",)] = family.series.pop(("a",))
    write(store, OPEN, ("d",), 1)

    assert {dict(labels)["tier"] for _, labels in in_both(store, renderer)} == {"a", "b", "c", "d"}


def test_a_family_of_another_shape_under_the_same_name_is_written_anew() -> None:
    renderer, first, second = Renderer(raised), Store(), Store()
    write(first, OPEN, ("a",), 1)
    write(second, Schema(OPEN.name, "gauge", "Other.", ("size", "tier")), ("b", "c"), 2)
    page(first, renderer)

    assert in_both(second, renderer) == {("open_orders", frozenset({("size", "b"), ("tier", "c")})): 2}
    assert page(Store(), renderer) == ""


def test_a_family_that_cannot_be_written_is_reported_and_costs_only_itself() -> None:
    errors: list[Exception] = []
    store, renderer = Store(), Renderer(errors.append)
    write(store, ORDERS, ("a", "b"), 1)
    write(store, OPEN, ("a",), 1)
    store.family(ORDERS).series[("too", "many", "labels")] = 5

    assert 'open_orders{tier="a"} 1\n' in page(store, renderer)
    assert len(errors) == 1


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  no secret


def texts(choice: random.Random) -> str:
    alphabet = 'ab"\\\n%{}, é☃\udce9\0'
    return "".join(choice.choices(alphabet, k=choice.randrange(6)))


def numbers(choice: random.Random, count: int) -> list[float]:
    kinds: Sequence[Callable[[], float]] = (
        lambda: choice.randrange(1000),
        lambda: choice.random() * 10 ** choice.randrange(-9, 30),
        lambda: choice.choice([inf, -inf, nan, -0.0, 2.0**60]),
    )
    return [choice.choices(kinds, (6, 3, 1))[0]() for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_between_scrapes_the_kept_text_is_what_a_new_one_would_be(seed: int) -> None:
    choice, store, renderer = chance(seed), Store(), Renderer(raised)
    schemas = (OPEN, ORDERS, LATEST, WAIT, SIZE)
    for _ in range(8):
        for schema in schemas:
            family = store.family(schema)
            for _ in range(choice.choice([0, 1, 60, 300])):
                values = tuple(texts(choice) for _ in schema.labels)
                counts = schema.kind in {"histogram", "summary"}
                cells = [choice.randrange(9) for _ in range(schema.width)] if counts else numbers(choice, 1)
                write(store, schema, values, *cells)
            for values in choice.sample(list(family.series), len(family.series) // choice.choice([2, 9, 10**9])):
                store.remove(family, values)
        for openmetrics in (False, True):
            assert sorted(page(store, renderer, openmetrics=openmetrics).splitlines()) == sorted(
                page(store, openmetrics=openmetrics).splitlines()
            )
    assert len(page(store, renderer).splitlines()) > 100


@pytest.mark.parametrize("seed", range(4))
def test_equal_numbers_read_as_prometheus_client_writes_them(seed: int) -> None:
    choice, store, registry = chance(seed), Store(), client.CollectorRegistry()
    bounds = choice.choice([HTTP_SECONDS, BODY_BYTES, (0.5,), (1, 2.5, 1e21)])
    wait = Schema("wait_seconds", "histogram", "Wait.", ("tier",), tuple(map(float, bounds)))
    open_orders = client.Gauge(OPEN.name, OPEN.help, OPEN.labels, registry=registry)
    orders = client.Counter(ORDERS.name, ORDERS.help, ORDERS.labels, registry=registry)
    waits = client.Histogram(wait.name, wait.help, wait.labels, registry=registry, buckets=bounds)
    for _ in range(200):
        first, second = (texts(choice).replace("\udce9", "") for _ in range(2))
        (number,) = numbers(choice, 1)
        open_orders.labels(first).set(number)
        write(store, OPEN, (first,), number)
        orders.labels(first, second).inc()
        at = store.series(store.family(ORDERS), (first, second))
        store.cells[at] += 1
        seconds = choice.expovariate(1 / choice.choice(bounds))
        waits.labels(first).observe(seconds)
        at = store.series(store.family(wait), (first,))
        store.cells[at + sum(1 for bound in bounds if bound < seconds)] += 1
        store.cells[at + len(bounds) + 1] += seconds
    expected = {
        key: number
        for key, number in read(text_families(client.generate_latest(registry).decode())).items()
        if not key[0].endswith("_created")
    }

    # Adding zero takes the sign from a negative one.
    found = {key: repr(number + 0.0) for key, number in in_both(store).items()}
    assert found == {key: repr(number + 0.0) for key, number in expected.items()}
