"""The prediction beside what a Prometheus holds."""

from rich.console import Console

from tests.compose.cost.small_stack import predicted, service
from watchbill.catalogue import Metric
from watchbill.catalogue.http import HTTP_REQUEST_SIZE, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.queue import QUEUE_DEPTH
from watchbill.catalogue.watching import ALERTS, UP
from watchbill.names import Names
from watchbill_stack.cost.actual import Actual
from watchbill_stack.cost.comparison import Line, by_metric, by_service, by_target
from watchbill_stack.cost.view import View

SHOP = service(names=Names({}, {HTTP_REQUESTS.name: "hits_total"}), label_limits={ROUTE: 9, STATUS: 9})
PREDICTION = predicted(SHOP, service("till"))


def held(**others: int) -> Actual:
    sizes = {
        f"{HTTP_REQUEST_SIZE.name}{suffix}": count for suffix, count in (("_bucket", 16), ("_sum", 2), ("_count", 2))
    }
    return Actual(
        series={
            ("service", "shop"): {"hits_total": 10, UP.name: 1, **sizes, **others},
            ("service", "till"): {HTTP_REQUESTS.name: 4, UP.name: 1},
            ("rules", "shop"): {ALERTS.name: 1},
            ("others", "prometheus"): {UP.name: 1, "go_threads": 40},
        },
        targets={("service", "shop"): {"shop:8000": 31}},
    )


def line(lines: tuple[Line, ...], name: str) -> Line:
    (found,) = [one for one in lines if one.name == name]
    return found


def of_metric(metric: Metric, actual: Actual | None = None) -> Line:
    return line(by_metric(PREDICTION, actual), metric.name)


def test_each_name_of_a_metric_has_a_line_with_what_is_there() -> None:
    lines = by_metric(PREDICTION, held())

    assert (line(lines, "hits_total").most, line(lines, "hits_total").actual) == (10 * 10 * 10, 10)
    assert (of_metric(HTTP_REQUESTS, held()).most, of_metric(HTTP_REQUESTS, held()).actual) == (120_000, 4)
    assert line(lines, "hits_total").ratio == 0.01


def test_a_histograms_series_are_one_line() -> None:
    assert of_metric(HTTP_REQUEST_SIZE, held()).actual == 20


def test_what_other_jobs_expose_is_left_out() -> None:
    assert of_metric(UP, held()).actual == 2
    assert "go_threads" not in {one.name for one in by_metric(PREDICTION, held())}


def test_what_is_exposed_and_not_predicted_has_a_line_and_is_named() -> None:
    actual = held(mystery_total=3, **{QUEUE_DEPTH.name: 2})
    found = line(by_metric(PREDICTION, actual), "mystery_total")

    assert (found.most, found.actual, found.ratio) == (0, 3, None)
    (note,) = [one for one in View(PREDICTION, actual).notes() if "exposed and not predicted" in one]
    assert "mystery_total" in note
    assert QUEUE_DEPTH.name in note


def test_without_a_prometheus_nothing_is_actual() -> None:
    assert {one.actual for one in by_metric(PREDICTION, None)} == {None}


def test_a_service_has_what_its_targets_and_its_rules_have() -> None:
    lines = by_service(PREDICTION, held())

    assert line(lines, "shop").actual == 10 + 1 + 20 + 1
    assert line(lines, "till").actual == 5
    assert sum(one.most for one in lines) == PREDICTION.series


def test_a_target_is_found_by_its_address() -> None:
    lines = by_target(PREDICTION, held())

    assert line(lines, "shop shop:8000").actual == 31
    assert line(lines, "till till:8000").actual == 0


def test_the_dearest_come_first_by_what_is_there_or_else_by_the_worst_case() -> None:
    predicted_lines, actual_lines = by_metric(PREDICTION, None), by_metric(PREDICTION, held())

    most = [one.most for one in predicted_lines]
    assert most == sorted(most, reverse=True)
    assert actual_lines[0].name == HTTP_REQUEST_SIZE.name


def test_tables_show_the_share_of_the_worst_case() -> None:
    console = Console(width=160)
    with console.capture() as capture:
        for table in View(PREDICTION, held(), "metric", 3).tables():
            console.print(table)

    (row,) = [text for text in capture.get().splitlines() if text.startswith("hits_total")]
    assert row.split()[1:6] == ["1", "k", "81", "10", "1"]
