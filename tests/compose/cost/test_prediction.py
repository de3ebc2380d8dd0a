"""Totals of a stack."""

import pytest

from tests.compose.cost.small_stack import PACE, predicted, service
from watchbill import Redis, availability, latency
from watchbill.catalogue.http import EXCEPTION, ROUTE, STATUS
from watchbill.catalogue.objectives import OBJECTIVE_RATIO
from watchbill.catalogue.watching import ALERTS
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.cost.prediction import Prediction, predict
from watchbill_stack.cost.reading import Reading


def test_twice_the_targets_are_twice_the_series() -> None:
    one, two = (
        next(job.series for job in predicted(service(targets=targets)).jobs if job.kind == "service")
        for targets in (["a:1"], ["a:1", "b:1"])
    )

    assert two == 2 * one > 0


def test_a_service_whose_targets_somebody_else_finds_counts_as_one_and_it_is_said() -> None:
    prediction = predicted(service(targets=[]))

    assert prediction.series == predicted().series
    assert any("one target each" in note and "shop" in note for note in prediction.assumptions())


def test_samples_are_series_over_the_interval_of_scrape_or_rule() -> None:
    jobs = predicted(service(objectives=[availability(99.9)])).jobs
    scraped = [job for job in jobs if job.kind != "rules"]
    slow = [job for job in jobs if job.kind == "rules" and job.interval > PACE.evaluation_interval]

    assert {job.interval for job in scraped} == {PACE.scrape_interval}
    assert slow
    assert all(job.samples_per_second == job.series / job.interval for job in jobs)


def test_bytes_of_a_day_are_its_samples_times_the_bytes_of_one() -> None:
    stack = Stack(service())
    two, one = (predict(stack, PACE, bytes_per_sample=size) for size in (2.0, 1.0))

    assert two.bytes_per_day == pytest.approx(2 * 86_400 * two.samples_per_second)
    assert one.bytes_per_day == pytest.approx(two.bytes_per_day / 2)


def test_a_faster_pace_gives_more_samples_of_the_same_series() -> None:
    stack = Stack(service())
    slow, fast = predict(stack, Profile.production()), predict(stack, Profile.development())

    assert fast.series == slow.series
    assert fast.samples_per_second == pytest.approx(15 * slow.samples_per_second, rel=0.01)


def test_each_objective_is_recorded_in_one_series() -> None:
    prediction = predicted(service(objectives=[availability(99.9), latency(0.5, 95)]))

    assert _written(prediction, OBJECTIVE_RATIO.name) == [1, 1]


def test_an_alert_has_series_at_worst_and_none_is_expected() -> None:
    found = [one for job in predicted().jobs if job.kind == "rules" for one in job.estimates if one.name == ALERTS.name]

    assert found
    assert all(one.most >= 1 and one.likely == 0 for one in found)


def test_alike_services_cost_the_same_whatever_they_are_called() -> None:
    def made(name: str) -> Prediction:
        return predicted(service(name, uses=[Redis(f"cache-of-{name}")], objectives=[availability(99.9)]))

    both = predicted(
        *(service(name, uses=[Redis(f"cache-of-{name}")], objectives=[availability(99.9)]) for name in ("shop", "till"))
    )
    alone = {one.title: (one.series, one.samples) for one in _read(made("till")) if one.service == "till"}
    beside = {one.title: (one.series, one.samples) for one in _read(both) if one.service == "till"}

    assert beside == alone


def test_services_that_differ_in_a_limit_differ_in_cost() -> None:
    prediction = predicted(service("shop"), service("till", label_limits={ROUTE: 5, STATUS: 5, EXCEPTION: 5}))
    shop, till = (sum(job.series for job in prediction.jobs if job.service == name) for name in ("shop", "till"))

    assert till < shop / 5


def _read(prediction: Prediction) -> tuple[Reading, ...]:
    return (*prediction.rules, *prediction.panels)


def _written(prediction: Prediction, name: str) -> list[int]:
    return [one.most for job in prediction.jobs if job.kind == "rules" for one in job.estimates if one.name == name]
