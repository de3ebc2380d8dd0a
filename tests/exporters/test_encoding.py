"""What was measured, as text that Prometheus reads."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,  # pyright: ignore[reportUnknownVariableType]  # untyped
)
from prometheus_client.parser import text_string_to_metric_families as text_families

from watchbill.catalogue import Counter, Gauge, Histogram, Label
from watchbill_exporters.collector import Distribution, Measured, distributions, series, single
from watchbill_exporters.encoding import text

TARGET = Label(name="target", help="The target.", bound=10)
TABLE, SCHEMA = (Label(name=name, help="It.", bound=10_000) for name in ("table", "schema"))
ROWS = Gauge(name="table_rows", help="Rows.", labels=(SCHEMA, TABLE))
SCANS = Counter(name="table_scans_total", help="Scans.", labels=(SCHEMA, TABLE))
COMMITS = Counter(name="commits", help="Commits.", community_name=True)
UP = Gauge(name="up", help='Up, or "down".')
WAIT = Histogram(name="wait_seconds", help="Wait.", labels=(TABLE,), buckets=(0.5, 1.0))
KEYS = [("shop", "orders"), ("shop", "items")]


def test_series_of_a_metric_stand_together_with_their_help_and_type() -> None:
    measured = [Measured(ROWS, KEYS, [7, 2.5]), Measured(SCANS, KEYS, [1, 0]), single(UP, 1)]

    assert text([((), measured)], openmetrics=False) == (
        "# HELP table_rows Rows.\n# TYPE table_rows gauge\n"
        'table_rows{schema="shop",table="orders"} 7\ntable_rows{schema="shop",table="items"} 2.5\n'
        "# HELP table_scans_total Scans.\n# TYPE table_scans_total counter\n"
        'table_scans_total{schema="shop",table="orders"} 1\ntable_scans_total{schema="shop",table="items"} 0\n'
        '# HELP up Up, or "down".\n# TYPE up gauge\nup 1\n'
    )


def test_parts_put_their_own_labels_first_and_share_a_type_line() -> None:
    parts = [(("a",), [single(UP, 1), Measured(ROWS, KEYS[:1], [3])]), (("b",), [single(UP, 0)])]

    lines = text(parts, before=(TARGET.name,), openmetrics=False).splitlines()

    assert [line for line in lines if not line.startswith("#")] == [
        'up{target="a"} 1',
        'up{target="b"} 0',
        'table_rows{target="a",schema="shop",table="orders"} 3',
    ]
    assert lines.count("# TYPE up gauge") == 1


def test_keys_shared_by_metrics_with_other_labels_are_written_for_each() -> None:
    keys = [("a",)]
    other = Gauge(name="other", help="Other.", labels=(SCHEMA,))
    measured = [Measured(Gauge(name="one", help="One.", labels=(TABLE,)), keys, [1]), Measured(other, keys, [2])]

    written = text([((), measured)], openmetrics=False)

    assert 'one{table="a"} 1\n' in written
    assert 'other{schema="a"} 2\n' in written


def test_openmetrics_reads_its_own_format() -> None:
    states = [Distribution(("orders",), {0.5: 1, 1.0: 3}, 2.75, 4), Distribution(("items",), {0.5: 0, 1.0: 0}, 0, 0)]
    measured = [Measured(SCANS, KEYS, [1, 2]), single(COMMITS, 5), *distributions(WAIT, states)]

    written = text([((), measured)], openmetrics=True) + "# EOF\n"
    families = {one.name: one for one in openmetrics_families(written)}  # type: ignore[no-untyped-call]  # the library's

    assert families["table_scans"].type == "counter"
    assert families["commits"].type == "unknown"
    found = [(one.name, one.labels.get("le"), one.value) for one in families["wait_seconds"].samples]
    assert found[:5] == [
        ("wait_seconds_bucket", "0.5", 1),
        ("wait_seconds_bucket", "1.0", 3),
        ("wait_seconds_bucket", "+Inf", 4),
        ("wait_seconds_sum", None, 2.75),
        ("wait_seconds_count", None, 4),
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -1.5, 1e300, 2.0**53, 1e-9, 123456789012345])
def test_every_number_is_read_back(value: float) -> None:
    measured = [series(ROWS, [(KEYS[0], value), (KEYS[1], 0.25)])]

    family = next(iter(text_families(text([((), measured)], openmetrics=False))))

    found = family.samples[0].value
    assert found == value or (math.isnan(found) and math.isnan(value))
    assert family.samples[1].value == 0.25


@given(st.lists(st.tuples(st.text(), st.text()), unique=True, min_size=1, max_size=5))
def test_any_text_in_a_label_is_read_back(keys: list[tuple[str, str]]) -> None:
    written = text([((), [Measured(ROWS, keys, [float(place) for place in range(len(keys))])])], openmetrics=False)

    family = next(iter(text_families(written)))

    expected = [tuple(one.encode("utf-8", "replace").decode() for one in key) for key in keys]
    assert [(one.labels[SCHEMA.name], one.labels[TABLE.name]) for one in family.samples] == expected
