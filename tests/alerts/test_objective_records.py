"""Objectives under traffic that generated tests do not show: little, none, unequal, unmeasured."""

from pathlib import Path

import yaml

from tests.alerts.written import Declare, run, written
from watchbill import availability, latency
from watchbill.catalogue import LE, SERVICE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, STATUS
from watchbill.catalogue.objectives import BUDGET_REMAINING, PERIOD_ERROR_RATIO, error_ratio
from watchbill.catalogue.watching import ALERTS

RATIO = error_ratio("5m").name
FIRING = f'{ALERTS.name}{{alertstate="firing",alertname=~"ErrorBudgetBurn.*"}}'
Expected = list[tuple[str, float]]


def requests(status: str) -> str:
    return f'{HTTP_REQUESTS.name}{{{SERVICE.name}="shop",{STATUS.name}="{status}"}}'


def durations(suffix: str, **labels: str) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in {SERVICE.name: "shop", **labels}.items())
    return f"{HTTP_REQUEST_DURATION.name}_{suffix}{{{pairs}}}"


def answers(folder: Path, series: dict[str, str], questions: dict[str, list[tuple[str, float]]], at: str) -> None:
    """Asserts what each question answers at a time, given series of one sample a minute."""
    groups = [group["name"] for group in yaml.safe_load((folder / "rules" / "shop.yaml").read_text())["groups"]]
    test = {
        "rule_files": ["rules/shop.yaml"],
        "evaluation_interval": "1m",
        "group_eval_order": groups,
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": question,
                        "eval_time": at,
                        "exp_samples": [{"labels": labels, "value": value} for labels, value in expected],
                    }
                    for question, expected in questions.items()
                ],
            }
        ],
    }
    (folder / "own_test.yaml").write_text(yaml.safe_dump(test))
    done = run("promtool", "test", "rules", folder / "own_test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_failure_among_three_requests_pages_nobody(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)
    series = {requests("200"): "0 0 1 2 2+0x20", requests("500"): "0 0 0 0 1+0x20"}

    third: Expected = [("{}", 1)]
    answers(folder, series, {FIRING: [], f"count({RATIO} > 0.2)": third}, "8m")


def test_a_total_outage_pages_even_where_there_is_little_traffic(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)
    fast = f'count({ALERTS.name}{{alertstate="firing",alertname="ErrorBudgetBurnFast"}})'

    answers(folder, {requests("500"): "0+2x20"}, {fast: [("{}", 1)]}, "10m")


def test_without_any_error_series_the_error_ratio_is_zero(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)

    zero: Expected = [(f'{RATIO}{{service="shop",slo="availability"}}', 0)]
    answers(folder, {requests("200"): "0+600x20"}, {RATIO: zero}, "20m")


def test_when_every_request_ever_failed_the_error_ratio_is_one(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)

    one: Expected = [(f'{RATIO}{{service="shop",slo="availability"}}', 1)]
    answers(folder, {requests("500"): "0+600x20"}, {RATIO: one}, "20m")


def test_without_traffic_there_is_no_ratio_and_the_budget_stands_still(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)
    series = {requests("200"): "0+600x10 6000+0x50", requests("500"): "0+0x60"}

    full: Expected = [(f'{BUDGET_REMAINING.name}{{service="shop",slo="availability"}}', 1)]
    answers(folder, series, {RATIO: [], BUDGET_REMAINING.name: full}, "50m")


def test_a_missing_bucket_is_no_outage_and_costs_no_budget(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[latency(0.5, 95)]), tmp_path)
    counted = {durations("count"): "0+600x40", durations("bucket", **{LE.name: "+Inf"}): "0+600x40"}
    bucket = durations("bucket", **{LE.name: "0.5"})

    answers(folder, counted, {RATIO: [], PERIOD_ERROR_RATIO.name: [], FIRING: []}, "30m")
    # The bucket comes with a deployment after 20 minutes: those before do not count against the budget.
    labels = '{service="shop",slo="latency-0-5s"}'
    late = counted | {bucket: "_x20 0+600x20"}
    kept: Expected = [(labels, 1)]
    answers(folder, late, {f"round({BUDGET_REMAINING.name}, 0.01)": kept}, "40m")


def test_the_budget_weighs_each_request_alike(declared: Declare, tmp_path: Path) -> None:
    """A quiet half hour of nothing but errors is a tenth of the traffic, and so a tenth of the ratio."""
    folder = written(declared(objectives=[availability(99.9)]), tmp_path)
    series = {requests("200"): "0+900x30 27000+0x60", requests("500"): "0+0x30 100+100x29 3000+0x30"}

    tenth: Expected = [('{service="shop",slo="availability"}', 0.1)]
    answers(folder, series, {f"round({PERIOD_ERROR_RATIO.name}, 0.01)": tenth}, "90m")


def test_a_wrong_metric_name_in_the_app_is_told_for_both_kinds_of_objective(declared: Declare, tmp_path: Path) -> None:
    folder = written(declared(objectives=[availability(99.9), latency(0.5, 95)]), tmp_path)
    told = f'count by (slo) ({ALERTS.name}{{alertstate="firing",alertname="ObjectiveNotMeasured"}})'

    answers(folder, {durations("count"): "0+600x40"}, {told: [('{slo="availability"}', 1)]}, "30m")
    answers(folder, {requests("200"): "0+600x40"}, {told: [('{slo="latency-0-5s"}', 1)]}, "30m")
