"""Metrics made with prometheus-client behave as ever, and their numbers are in the store."""

import gc
import logging
import math
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Summary,
    disable_created_metrics,  # pyright: ignore[reportUnknownVariableType]  # untyped there
    enable_created_metrics,  # pyright: ignore[reportUnknownVariableType]  # untyped there
    generate_latest,
)
from prometheus_client.openmetrics.exposition import (
    generate_latest as untyped_openmetrics,  # pyright: ignore[reportUnknownVariableType]  # as above
)
from prometheus_client.registry import Collector

from tests.plugins.forked import forked
from watchbill import Observability
from watchbill.catalogue.watching import DROPPED_SERIES, METRIC
from watchbill.emission import Emission
from watchbill.exposition import OPENMETRICS
from watchbill.guard import OTHER
from watchbill.names import CLASSIC
from watchbill.store.adoption import Adoption, foreign
from watchbill.testing import Exposition

Work = Callable[[CollectorRegistry], object]
generate_openmetrics = cast("Callable[[CollectorRegistry], bytes]", untyped_openmetrics)
set_creation_times = cast(
    "tuple[Callable[[], None], Callable[[], None]]", (disable_created_metrics, enable_created_metrics)
)


def observing(**given: object) -> Observability:
    return Observability("shop", tracing=None, logging=None, **given)  # type: ignore[arg-type]  # a test's own


def stored(registry: CollectorRegistry) -> dict[str, dict[tuple[str, ...], float]]:
    """What the store has of a registry's families: values by label values."""
    page = Emission(registry, CLASSIC).store.snapshot()
    return {
        name: {values: page.cells[at] for values, at in family.series.items()} for name, family in page.families.items()
    }


def counter(registry: CollectorRegistry) -> None:
    metric = Counter("a", "Any.", ["x", "y"], registry=registry)
    metric.labels("1", "2").inc()
    metric.labels(x="1", y=3).inc(2.5)
    with metric.labels("1", "2").count_exceptions(KeyError), pytest.raises(KeyError):
        raise KeyError
    metric.labels("gone", "2").inc()
    metric.remove("gone", "2")
    with pytest.raises(ValueError, match="non-negative"):
        metric.labels("1", "2").inc(-1)
    metric.labels("1", "3").reset()


def gauge(registry: CollectorRegistry) -> None:
    metric = Gauge("a", "Any.", registry=registry)
    metric.set(4)
    metric.inc()
    metric.dec(2.5)
    with metric.track_inprogress():
        pass
    Gauge("b", "Any.", registry=registry).set(math.nan)
    Gauge("c", "Any.", registry=registry).set(-math.inf)
    Gauge("d", "Any.", registry=registry, multiprocess_mode="mostrecent").set(3)


def histogram(registry: CollectorRegistry) -> None:
    metric = Histogram("a", "Any.", ["x"], buckets=(0, 1, 5), registry=registry)
    for value in (-1, 0, 0.5, 1, 4, 5, 6, math.inf):
        metric.labels("1").observe(value)
    metric.labels("2").observe(2, {"trace_id": "1"})
    negative = Histogram("b", "Any.", buckets=(-1, 1), registry=registry)
    negative.observe(-3)
    timed = Histogram("c", "Any.", registry=registry)
    with timed.time():
        pass
    registry.unregister(timed)


def not_a_number(registry: CollectorRegistry) -> None:
    metric = Histogram("a", "Any.", buckets=(1,), registry=registry)
    metric.observe(math.nan)
    metric.observe(2)


def summary(registry: CollectorRegistry) -> None:
    metric = Summary("a", "Any.", ["x"], registry=registry)
    metric.labels("1").observe(2.5)
    metric.labels("1").observe(3)
    metric.clear()
    metric.labels("2").observe(3)


def enum(registry: CollectorRegistry) -> None:
    metric = Enum("a", "Any.", ["x"], states=["on", "off"], registry=registry)
    metric.labels("1").state("off")
    Enum("b", "Any.", states=["on", "off"], registry=registry)
    Enum("c", "Any.", states=["on", "off"], registry=registry).state("off")


def cleared(registry: CollectorRegistry) -> None:
    metric = Counter("a", "Any.", ["x"], registry=registry)
    kept = metric.labels("1")
    kept.inc(3)
    metric.clear()
    kept.inc()
    metric.labels("2").inc()
    metric.labels("1").inc()


def exemplars(registry: CollectorRegistry) -> None:
    metric = Counter("a", "Any.", registry=registry)
    metric.inc(1, {"trace_id": "1"})
    metric.inc(2)


CASES: tuple[Work, ...] = (counter, gauge, histogram, not_a_number, summary, enum, cleared, exemplars)


@pytest.fixture(autouse=True)
def without_creation_times() -> object:
    off, on = set_creation_times
    off()
    yield
    on()


def without_times(text: bytes) -> list[str]:
    """Lines without the time of an exemplar."""
    return [line.rpartition(" ")[0] if " # {" in line else line for line in text.decode().splitlines()]


@pytest.mark.parametrize("work", CASES)
def test_the_clients_own_exposition_is_what_it_would_be(work: Work) -> None:
    plain, adopted = CollectorRegistry(), CollectorRegistry()
    emission = Emission(adopted, CLASSIC)
    work(plain)
    work(adopted)
    assert generate_latest(adopted) == generate_latest(plain)
    assert without_times(generate_openmetrics(adopted)) == without_times(generate_openmetrics(plain))
    assert emission.store.families


@pytest.mark.parametrize("work", CASES)
def test_our_exposition_says_the_same(work: Work) -> None:
    plain = CollectorRegistry()
    observability = observing()
    work(plain)
    work(observability.registry)

    def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], str]:
        parsed = Exposition.parse(text).samples
        return {(one.name, tuple(sorted(one.labels.items()))): repr(float(one.value)) for one in parsed}

    ours = samples(observability.exposition())
    theirs = samples(generate_latest(plain).decode())
    assert ours.items() >= theirs.items()


@pytest.mark.parametrize("work", CASES)
def test_metrics_made_before_keep_what_they_counted(work: Work) -> None:
    plain, adopted = CollectorRegistry(), CollectorRegistry()
    work(plain)
    work(adopted)
    Emission(adopted, CLASSIC)
    assert generate_latest(adopted) == generate_latest(plain)
    assert stored(adopted)


@pytest.mark.parametrize("work", CASES)
def test_the_end_of_adoption_gives_the_metrics_their_numbers_back(work: Work) -> None:
    plain, adopted = CollectorRegistry(), CollectorRegistry()
    Emission(adopted, CLASSIC)
    work(plain)
    work(adopted)
    adoption = Adoption.of(adopted)
    assert adoption is not None
    adoption.end()
    assert generate_latest(adopted) == generate_latest(plain)
    assert "register" not in vars(adopted)
    late = Counter("late", "Any.", registry=adopted)
    late.inc()
    assert "inc" not in vars(late)


def test_what_is_counted_is_in_the_store_at_once() -> None:
    registry = CollectorRegistry()
    Emission(registry, CLASSIC)
    metric = Counter("a", "Any.", ["x"], registry=registry)
    metric.labels("1").inc(2)
    assert stored(registry)["a_total"] == {("1",): 2}
    metric.labels("1").inc()
    metric.labels("2")
    assert stored(registry)["a_total"] == {("1",): 3, ("2",): 0}
    metric.remove("1")
    assert stored(registry)["a_total"] == {("2",): 0}
    metric.clear()
    assert stored(registry)["a_total"] == {}


def test_a_subclass_keeps_its_own_methods() -> None:
    class Loud(Counter):
        """Counts double."""

        def inc(self, amount: float = 1, exemplar: dict[str, str] | None = None) -> None:
            super().inc(2 * amount, exemplar)

    registry = CollectorRegistry()
    Emission(registry, CLASSIC)
    Loud("a", "Any.", registry=registry).inc(3)
    assert stored(registry)["a_total"] == {(): 6}


def test_a_removed_child_that_somebody_kept_counts_for_nothing() -> None:
    registry = CollectorRegistry()
    Emission(registry, CLASSIC)
    metric = Counter("a", "Any.", ["x"], registry=registry)
    kept = metric.labels("1")
    metric.remove("1")
    for number in range(2_000):
        metric.labels(str(number)).inc()
        kept.inc()
        metric.clear()
    metric.labels("1").inc()
    assert stored(registry)["a_total"] == {("1",): 1}


def test_a_metric_that_is_unregistered_leaves_the_page_and_its_name() -> None:
    observability = observing()
    metric = Counter("test_orders", "Any.", registry=observability.registry)
    metric.inc()
    observability.registry.unregister(metric)
    assert "test_orders" not in observability.exposition()
    Gauge("test_orders_total", "Another kind.", registry=observability.registry).set(4)
    assert "# TYPE test_orders_total gauge\ntest_orders_total 4\n" in observability.exposition()


def test_a_gauge_with_a_function_an_info_and_a_collector_stay_this_workers_own() -> None:
    class Mine(Collector):
        def collect(self) -> list[object]:  # type: ignore[override]  # an empty one will do
            return []

    observability = observing()
    registry = observability.registry
    own = set(foreign(registry))
    level = Gauge("test_level", "Any.", registry=registry)
    level.set_function(lambda: 7)
    about = Info("test_about", "Any.", registry=registry)
    about.info({"colour": "red"})
    mine = Mine()
    registry.register(mine)
    counted = Counter("test_counted", "Any.", registry=registry)
    assert set(foreign(registry)) - own == {level, about, mine}
    assert counted not in foreign(registry)
    text = observability.exposition()
    assert "test_level 7\n" in text
    assert 'test_about_info{colour="red"} 1\n' in text


def test_a_child_with_a_function_takes_its_metric_along() -> None:
    observability = observing()
    level = Gauge("test_level", "Any.", ["x"], registry=observability.registry)
    level.labels("1").set(3)
    level.labels("2").set_function(lambda: 7)
    text = observability.exposition()
    assert 'test_level{x="1"} 3\ntest_level{x="2"} 7\n' in text
    assert text.count("# TYPE test_level ") == 1


def test_exemplars_of_a_metric_of_the_applications_are_on_the_page() -> None:
    observability = observing()
    Counter("test_orders", "Any.", registry=observability.registry).inc(1, {"trace_id": "abc"})
    found = Exposition.parse(observability.exposition(OPENMETRICS)).samples
    assert [one.exemplar.labels for one in found if one.exemplar is not None] == [{"trace_id": "abc"}]


def test_beyond_the_limit_there_is_one_series_for_all_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    observability = observing(series_limit=100)
    orders = Counter("test_orders", "Any.", ["kind", "customer"], registry=observability.registry)
    with caplog.at_level(logging.WARNING, logger="watchbill"):
        for number in range(1_000):
            orders.labels("book", str(number)).inc()
            orders.labels("book", "7").inc()
    found = Exposition.of(observability)
    series = {tuple(one.labels.values()): one.value for one in found.samples if one.name == "test_orders_total"}
    assert len(series) == 100
    assert sum(series.values()) == 2_000
    assert series["book", "7"] == 1_001
    assert series[OTHER, OTHER] == 1_000 - 99
    assert found.value(DROPPED_SERIES, {METRIC: "test_orders_total"}) == 1_000 - 99
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "'test_orders_total'" in warning
    assert "label 'customer' has 99 values" in warning


def test_one_of_the_rest_may_be_removed_again() -> None:
    registry = observing(series_limit=3).registry
    orders = Counter("test_orders", "Any.", ["kind"], registry=registry)
    for kind in "abcd":
        orders.labels(kind).inc()
    orders.remove("a")
    orders.labels("e").inc()
    orders.remove("never there")
    assert stored(registry)["test_orders_total"] == {("b",): 1, (OTHER,): 3}
    orders.clear()
    orders.labels("z").inc()
    assert stored(registry)["test_orders_total"] == {("z",): 1}


def test_a_metric_of_the_name_of_one_of_ours_is_refused_as_before() -> None:
    registry = CollectorRegistry()
    Emission(registry, CLASSIC)
    Counter("a", "Any.", registry=registry)
    with pytest.raises(ValueError, match="Duplicated"):
        Counter("a", "Any.", ["x"], registry=registry)


def test_a_registry_that_nobody_has_any_more_is_freed() -> None:
    observability = observing()
    Counter("test_orders", "Any.", ["x"], registry=observability.registry).labels("1").inc()
    gone = weakref.ref(observability.registry)
    del observability
    gc.collect()
    assert gone() is None


def test_numbers_that_change_their_labels_for_ever_do_not_fill_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of an application that clears a gauge and fills it with what there is now."""
    observability = observing(workers=tmp_path)
    store = Emission(observability.registry, CLASSIC).store
    stock = Gauge("test_stock", "Any.", ["item"], registry=observability.registry)
    monkeypatch.setattr(store.rooms, "_seconds", 0.0)
    for number in range(300):
        stock.clear()
        for item in range(30):
            stock.labels(f"{number}-{item}").set(item)
        store.snapshot()
    assert store.rooms.used < 5_000
    with forked(lambda: None):
        found = [one for one in Exposition.of(observability).samples if one.name == "test_stock"]
    assert len(found) == 60
    assert {one.labels["item"] for one in found} == {f"299-{item}" for item in range(30)}
