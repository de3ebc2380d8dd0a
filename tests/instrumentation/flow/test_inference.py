"""What an expression gives: its labels and their values, what its values are, and what it reads."""

import subprocess
import sys

import pytest

from tests.instrumentation.flow.invented import CARRIER, HALL, INVENTED, OUTCOME, SCRAPED
from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, JOB, LE, SERVICE, Unit
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, Reference
from watchbill.flow.inference import infer
from watchbill.flow.vocabulary import Vocabulary
from watchbill.guard import OTHER

TARGET = {JOB.name, INSTANCE.name, SERVICE.name, ENV.name, DEPENDENCY.name}
EVERYWHERE = {JOB.name, INSTANCE.name}


def _flow(text: str, vocabulary: Vocabulary = INVENTED) -> Flow:
    flow = infer(text, vocabulary).flow
    assert flow is not None
    return flow


@pytest.mark.parametrize(
    ("text", "labels", "certain"),
    [
        ("belt_depth", TARGET | {HALL.name}, EVERYWHERE | {HALL.name}),
        ("up", TARGET, EVERYWHERE),
        ('up{service="desk"}', TARGET, EVERYWHERE | {SERVICE.name}),
        ('up{service=~"a|"}', TARGET, EVERYWHERE),
        ('up{service=""}', TARGET - {SERVICE.name}, EVERYWHERE),
        ('up{env!=""}', TARGET, EVERYWHERE | {ENV.name}),
        ("sum(belt_depth)", set[str](), set[str]()),
        ("sum by (hall, service) (belt_depth)", {HALL.name, SERVICE.name}, {HALL.name}),
        ("sum without (instance, env) (belt_depth)", TARGET - {INSTANCE.name, ENV.name} | {HALL.name}, None),
        ("topk by (hall) (3, belt_depth)", TARGET | {HALL.name}, EVERYWHERE | {HALL.name}),
        ('count_values by (job) ("depth", belt_depth)', {JOB.name, "depth"}, {JOB.name, "depth"}),
        ("belt_depth / on (hall) belt_load_ratio", {HALL.name}, {HALL.name}),
        ("belt_depth / ignoring (job, instance) belt_load_ratio", TARGET - EVERYWHERE | {HALL.name}, {HALL.name}),
        ("up * on (instance) group_left (role) depot_build_info", TARGET | {"role"}, EVERYWHERE | {"role"}),
        ("up + on (instance) group_left (env) sum by (instance) (up)", TARGET - {ENV.name}, EVERYWHERE),
        ("sum by (hall) (belt_depth) or on () vector(0)", {HALL.name}, set[str]()),
        ("belt_depth and on (service) up{service='a'}", TARGET | {HALL.name}, EVERYWHERE | {HALL.name, SERVICE.name}),
        ("belt_depth unless on (hall) door_open", TARGET | {HALL.name}, EVERYWHERE | {HALL.name}),
        ('absent(up{job="desk",env=~"a|b"})', {JOB.name}, {JOB.name}),
        ("absent(sum(up))", set[str](), set[str]()),
        ('label_replace(up, "site", "$1", "instance", "(.*)")', TARGET | {"site"}, EVERYWHERE | {"site"}),
        ('label_replace(up, "site", "$1", "instance", "(.*):.*")', TARGET | {"site"}, EVERYWHERE),
        ('label_replace(up, "site", "north", "", "")', TARGET | {"site"}, EVERYWHERE),
        ('label_replace(up, "job", "", "instance", ".*")', TARGET - {JOB.name}, {INSTANCE.name}),
        ('label_join(up, "site", "-", "job", "env")', TARGET | {"site"}, EVERYWHERE | {"site"}),
        ("histogram_quantile(0.9, rate(sorting_seconds_bucket[5m]))", TARGET | {HALL.name}, EVERYWHERE | {HALL.name}),
        ("vector(time())", set[str](), set[str]()),
        ("hall:sorting:p99", {HALL.name}, {HALL.name}),
    ],
)
def test_the_labels_of_a_result(text: str, labels: set[str], certain: set[str] | None) -> None:
    flow = _flow(text)

    assert set(flow.labels) == labels
    assert not flow.is_open
    if certain is not None:
        assert flow.certain == certain


@pytest.mark.parametrize(
    ("text", "label", "values"),
    [
        ('rate(parcels_total{outcome!="lost"}[5m])', OUTCOME.name, {"delivered", "late", OTHER}),
        ('rate(parcels_total{outcome=~"l.*"}[5m])', OUTCOME.name, {"late", "lost"}),
        ('rate(parcels_total{carrier="x"}[5m])', CARRIER.name, {"x"}),
        ('rate(parcels_total{carrier=~"x|y"}[5m])', CARRIER.name, {"x", "y"}),
        ('sum by (carrier) (rate(parcels_total{carrier=~"(?:x|y)"}[5m]))', CARRIER.name, {"x", "y"}),
        ('up{job="a"} or up{job="b"}', JOB.name, {"a", "b"}),
        ('label_replace(up{job="a"}, "site", "$1", "job", "(.*)")', "site", {"a"}),
        ('label_replace(up, "site", "x", "", "")', "site", {"x"}),
        ('up * on (job) group_left () up{job="a"}', JOB.name, {"a"}),
        ('sorting_seconds_bucket{le=~"0.1|0.5"} offset 5m', LE.name, {"0.1", "0.5"}),
    ],
)
def test_the_values_of_a_label(text: str, label: str, values: set[str]) -> None:
    found = infer(text, SCRAPED).flow

    assert found is not None
    assert found.labels[label].known == values
    assert found.labels[label].is_closed


@pytest.mark.parametrize(
    ("text", "kind", "unit"),
    [
        ("parcels_total", Kind.COUNTER, Unit.COUNT),
        ("rate(parcel_bytes_total[5m])", Kind.GAUGE, Unit.BYTES_PER_SECOND),
        ("increase(parcel_bytes_total[5m])", Kind.GAUGE, Unit.BYTES),
        ("sum by (le) (rate(sorting_seconds_bucket[5m]))", Kind.BUCKET, Unit.SECONDS),
        ('rate(sorting_seconds_bucket{le="0.5"}[5m])', Kind.GAUGE, Unit.PER_SECOND),
        ("histogram_quantile(0.9, rate(sorting_seconds_bucket[5m]))", Kind.QUANTILE, Unit.SECONDS),
        ("rate(sorting_seconds_sum[5m]) / rate(sorting_seconds_count[5m])", Kind.GAUGE, Unit.SECONDS),
        ("time() - depot_start_time_seconds", Kind.GAUGE, Unit.SECONDS),
        ("belt_memory_bytes * 2", Kind.GAUGE, Unit.COUNT),
        ("belt_memory_bytes * 1", Kind.GAUGE, Unit.BYTES),
        ("belt_memory_bytes + 10", Kind.GAUGE, Unit.BYTES),
        ("volume_free_bytes / volume_size_bytes", Kind.GAUGE, Unit.RATIO),
        ("belt_wait_seconds > bool 5", Kind.GAUGE, Unit.BOOLEAN),
        ("belt_wait_seconds > 5", Kind.GAUGE, Unit.SECONDS),
        ("deriv(belt_memory_bytes[5m])", Kind.GAUGE, Unit.BYTES_PER_SECOND),
        ("count(belt_memory_bytes)", Kind.GAUGE, Unit.COUNT),
        ("timestamp(belt_depth)", Kind.GAUGE, Unit.TIMESTAMP),
        ("hall:sorting:p99 * 1000", Kind.QUANTILE, Unit.COUNT),
        ("container_cpu_seconds_total * 1000", Kind.COUNTER, Unit.COUNT),
        ("parcels_total / desk_requests_total", Kind.UNKNOWN, Unit.COUNT),
    ],
)
def test_what_the_values_are(text: str, kind: Kind, unit: Unit) -> None:
    flow = _flow(text)

    assert (flow.kind, flow.unit) == (kind, unit)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("belt_load_ratio", 0, 1),
        ("1 - belt_load_ratio", 0, 1),
        ("belt_load_ratio * 100", 0, 100),
        ("100 - belt_load_ratio * 100 / 2", 50, 100),
        ("-belt_load_ratio", -1, 0),
        ("sum(belt_load_ratio)", 0, None),
        ("avg(belt_load_ratio)", 0, 1),
        ("count(up)", 1, None),
        ("up or vector(5)", 0, 5),
        ("belt_depth", None, None),
        ("abs(belt_depth)", 0, None),
        ("clamp(belt_depth, 2, 8)", 2, 8),
        ("clamp_min(up, 0.5)", 0.5, 1),
        ("belt_depth > 3", 3, None),
        ("10 > belt_depth > 3", 3, 10),
        ("rate(parcels_total[5m]) / belt_depth", None, None),
        ("rate(parcels_total[5m]) / rate(parcels_total[5m])", 0, None),
        ("hour()", 0, 23),
        ("vector(14.5 * 0.5)", 7.25, 7.25),
        ("2 - 3", -1, -1),
        ("histogram_quantile(0.9, rate(sorting_seconds_bucket[5m]))", 0, 5),
        ("absent(up)", 1, 1),
        ("belt_load_ratio / 0", 0, None),
        ("NaN * belt_load_ratio", None, None),
    ],
)
def test_the_limits_of_the_values(text: str, low: float | None, high: float | None) -> None:
    assert _flow(text, SCRAPED).interval == (low, high)


def test_an_expression_refers_to_series_and_to_the_labels_it_names() -> None:
    text = (
        'sum by (hall) (rate(desk_requests_total{code="5xx"}[5m])) / on (hall) group_left () '
        "max_over_time(hall:requests:rate5m[1h]) + on (hall) max_over_time(sum by (hall) (up)[1d:5m])"
    )

    assert infer(text, INVENTED).references == (
        Reference(series="desk_requests_total", labels=frozenset({HALL.name, "code"}), window=300.0),
        Reference(series="hall:requests:rate5m", labels=frozenset({HALL.name}), window=3600.0),
        Reference(series="up", labels=frozenset(), window=86400.0),
    )


def test_a_window_in_a_subquery_reaches_as_far_as_both() -> None:
    (reference,) = infer("max_over_time(rate(parcels_total[5m])[1h:1m])", INVENTED).references

    assert reference.window == 3900.0


def test_nothing_is_said_of_series_that_an_incomplete_vocabulary_does_not_know() -> None:
    vocabulary = Vocabulary(is_complete=False)
    text = 'sum by (site) (rate(lighthouse_turns_total{site=~"a|b"}[5m])) / on (site) group_left (keeper) lighthouse'

    inference = infer(text, vocabulary)

    assert inference.faults == ()
    assert inference.flow is not None
    assert set(inference.flow.labels) == {"site", "keeper"}


def test_grafanas_variables_count_as_long_windows_and_as_any_value() -> None:
    text = 'rate(parcels_total{outcome="$outcome", carrier=~"${carrier:regex}"}[$__rate_interval])'

    assert infer(text, INVENTED, scrape_interval=600).faults == ()


def test_a_window_is_measured_in_scrape_intervals() -> None:
    text = "rate(parcels_total[2m])"

    assert infer(text, INVENTED, scrape_interval=30).faults == ()
    assert [fault.rule.id for fault in infer(text, INVENTED, scrape_interval=60).faults] == ["short-window"]


def test_faults_come_in_the_order_of_the_text() -> None:
    text = 'sum(belt_deph{x="1"}) + sum(rate(belt_depth[5m])) + sum(up{y="1"})'

    faults = infer(text, INVENTED).faults

    assert [text[fault.start : fault.end] for fault in faults] == ["belt_deph", "rate", "y"]


def test_a_missing_parser_is_named_with_the_command_that_installs_it() -> None:
    program = (
        "import sys; sys.modules['promql_parser'] = None\n"
        "from watchbill.errors import MissingExtra\n"
        "from watchbill.flow.inference import infer\n"
        "from watchbill.flow.vocabulary import Vocabulary\n"
        "try:\n    infer('up', Vocabulary())\nexcept MissingExtra as error:\n    print(error)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "promql-parser" in done.stdout
    assert "watchbill[stack]" in done.stdout
