"""The whole catalogue: rules that hold for every metric in it."""

from collections import Counter as Tally

import pytest

from watchbill.burn_rate import WINDOWS
from watchbill.catalogue import METRICS, SUBJECTS, Counter, Histogram, Metric, Origin, Recorded, Unit
from watchbill.catalogue.label import RESERVED
from watchbill.catalogue.objectives import error_ratio, events_good, events_total

EVERY = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
EMITTED = pytest.mark.parametrize(
    "metric",
    [metric for metric in METRICS.values() if not isinstance(metric, Recorded)],
    ids=lambda metric: metric.name,
)
SERIES_LIMIT = 200_000
ENDINGS = {
    Unit.SECONDS: "seconds",
    Unit.BYTES: "bytes",
    Unit.RATIO: "ratio",
    Unit.TIMESTAMP: "seconds",
}
OTHER_UNITS = ("milliseconds", "ms", "minutes", "hours", "kb", "mb", "kilobytes", "megabytes", "percent")


def test_no_name_is_declared_twice() -> None:
    names = Tally(metric.name for subject in SUBJECTS for metric in subject.metrics)

    assert [name for name, number in names.items() if number > 1] == []


def test_no_two_metrics_expose_the_same_series() -> None:
    series = Tally(name for metric in METRICS.values() for name in metric.series)
    # OpenMetrics names the family of a counter without _total.
    series.update(
        metric.name.removesuffix("_total")
        for metric in METRICS.values()
        if isinstance(metric, Counter) and not metric.community_name
    )

    assert [name for name, number in series.items() if number > 1] == []


def test_every_metric_is_found_under_its_own_name() -> None:
    assert [name for name, metric in METRICS.items() if metric.name != name] == []
    assert sum(len(subject.metrics) for subject in SUBJECTS) == len(METRICS)


def test_what_each_window_records_of_an_objective_is_in_it() -> None:
    for window in WINDOWS:
        for recorded in (events_total(window), events_good(window), error_ratio(window)):
            assert METRICS[recorded.name] == recorded


@EVERY
def test_a_help_text_is_a_sentence(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert metric.help[0].isupper() or metric.help[0].isdigit()


@EVERY
def test_every_label_is_explained_in_a_sentence(metric: Metric) -> None:
    assert [label.name for label in metric.labels if not label.help.endswith(".")] == []


@EMITTED
def test_a_counter_ends_in_total_unless_a_community_knows_it_otherwise(metric: Metric) -> None:
    assert metric.community_name or metric.name.endswith("_total") is isinstance(metric, Counter)


@EMITTED
def test_a_name_ends_in_its_base_unit(metric: Metric) -> None:
    stem = metric.name.removesuffix("_total")

    assert metric.community_name or stem.endswith(ENDINGS.get(metric.unit, ""))
    assert metric.community_name or not stem.endswith(tuple(f"_{unit}" for unit in OTHER_UNITS))


@EMITTED
def test_a_unit_in_a_name_is_the_declared_one(metric: Metric) -> None:
    named = [unit for unit, ending in ENDINGS.items() if metric.name.removesuffix("_total").endswith(f"_{ending}")]

    assert metric.community_name or not named or metric.unit in named


@EMITTED
def test_code_emits_no_label_that_belongs_to_the_target(metric: Metric) -> None:
    assert {label.name for label in metric.labels} & RESERVED == set()
    assert {label.origin for label in metric.labels} <= {Origin.CODE}


@EMITTED
def test_the_number_of_series_is_bounded(metric: Metric) -> None:
    buckets = len(metric.buckets) + 3 if isinstance(metric, Histogram) else 1

    assert metric.series_limit * buckets <= SERIES_LIMIT
