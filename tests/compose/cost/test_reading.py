"""What rules and panels read."""

from tests.compose.cost.small_stack import PACE, predicted, service
from watchbill import availability, latency
from watchbill.catalogue.http import METHOD, ROUTE, STATUS
from watchbill.catalogue.objectives import PERIOD_ERROR_RATIO, error_ratio, events_total
from watchbill_stack.cost.prediction import Prediction
from watchbill_stack.cost.reading import SHOWN, Reading

LIMITS = {ROUTE: 9, STATUS: 6}
REQUESTS = len(METHOD.values) * 10 * 7


def rule(prediction: Prediction, name: str) -> Reading:
    (found,) = [one for one in prediction.rules if one.name == name]
    return found


def test_a_rate_reads_every_sample_of_its_window() -> None:
    found = rule(predicted(service(objectives=[availability(99.9)], label_limits=LIMITS)), events_total("1h").name)

    assert found.series == REQUESTS
    assert found.samples == REQUESTS * (3600 // int(PACE.scrape_interval) + 1)
    assert found.samples_per_second == found.samples / found.interval


def test_what_is_recorded_is_read_at_the_pace_it_is_written() -> None:
    prediction = predicted(service(objectives=[availability(99.9)], label_limits=LIMITS))
    found = rule(prediction, PERIOD_ERROR_RATIO.name)

    # Good and total of 30 days, each one series.
    assert found.series == 2
    assert found.samples == 2 * (30 * 86_400 // int(found.interval) + 1)


def test_a_ratio_of_recorded_series_reads_one_sample_of_each() -> None:
    found = rule(predicted(service(objectives=[availability(99.9)])), error_ratio("1h").name)

    assert (found.series, found.samples, found.likely) == (2, 2, 2)


def test_an_objective_of_one_route_reads_that_route_alone() -> None:
    prediction = predicted(service(objectives=[latency(0.3, 99, route="/api/search")], label_limits=LIMITS))

    assert rule(prediction, events_total("1h").name).series == len(METHOD.values)


def test_a_panel_reads_its_window_at_each_step() -> None:
    prediction = predicted(service(label_limits=LIMITS))
    (found,) = [one for one in prediction.panels if one.name == "Server errors per second by route"]
    steps = SHOWN // PACE.scrape_interval + 1

    assert found.samples % steps == 0
    assert found.samples / steps >= found.series


def test_every_series_that_a_stack_reads_is_predicted() -> None:
    prediction = predicted(service(objectives=[availability(99.9), latency(0.5, 95)]))

    assert {name for one in (*prediction.rules, *prediction.panels) for name in one.unpredicted} == set()


def test_rules_of_one_name_are_told_apart_by_the_labels_they_add() -> None:
    prediction = predicted(service(objectives=[availability(99.9), latency(0.5, 95)]))
    titles = [one.title for one in prediction.rules if one.name == events_total("1h").name]

    assert len(set(titles)) == len(titles) == 2
