"""`watchbill cost`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from watchbill.catalogue.http import HTTP_BACKGROUND_DURATION, HTTP_REQUESTS
from watchbill_stack.cli import watchbill

STACK = """
from watchbill import Redis, Service, Team, availability
from watchbill.catalogue.http import EXCEPTION, ROUTE, STATUS
from watchbill_stack import Slack, Stack

channel = Slack("#storefront", url_file="/run/secrets/slack")
shop = Service(
    "shop",
    team=Team("storefront", page=channel, ticket=channel),
    targets=["shop:8000"],
    uses=[Redis("cache")],
    objectives=[availability(99.9)],
    label_limits={ROUTE: 10, STATUS: 8, EXCEPTION: 10},
    BUDGET
)
stack = Stack(shop)
"""


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(*arguments: str, budget: str = "") -> Result:
        file = tmp_path / "stack.py"
        file.write_text(STACK.replace("BUDGET", budget))
        return CliRunner().invoke(watchbill, ["cost", str(file), *arguments])

    return run


def test_totals_come_first_then_the_ten_dearest_metrics_and_rules(run: Any) -> None:
    result = run()
    lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert lines[1].startswith("series")
    tables = result.stdout.split("\n\n")
    assert tables[1].startswith("metric")
    assert tables[2].startswith("rule")


def test_all_shows_every_metric(run: Any) -> None:
    few, all_ = (run("--by", "target", "--json"), run("--by", "metric", "--json"))
    names = [one["name"] for one in json.loads(all_.stdout)["metrics"]]

    assert HTTP_REQUESTS.name in names
    assert "metrics" not in json.loads(few.stdout)
    assert len(run("--by", "metric", "--all").stdout.splitlines()) > len(names)


@pytest.mark.parametrize("by", ["metric", "service", "target", "rule", "panel"])
def test_what_it_is_added_up_by_can_be_chosen(run: Any, by: str) -> None:
    result = run("--by", by)

    assert result.exit_code == 0
    assert result.stdout.split("\n\n")[1].startswith(by)


def test_the_document_holds_plain_numbers_that_agree_with_each_other(run: Any) -> None:
    document = json.loads(run("--json").stdout)
    totals = document["totals"]

    assert list(document) == [
        "profile",
        "totals",
        "budgets",
        "metrics",
        "services",
        "targets",
        "rules",
        "panels",
        "notes",
    ]
    assert totals["series"] == sum(one["series"] for one in document["metrics"])
    assert totals["series"] == sum(one["series"] for one in document["services"])
    assert totals["rules"] == len(document["rules"])
    assert totals["bytes_per_day"] == pytest.approx(totals["samples_per_second"] * 86_400 * totals["bytes_per_sample"])
    series = [one["series"] for one in document["metrics"]]
    assert series == sorted(series, reverse=True)


def test_bytes_of_a_sample_can_be_given(run: Any) -> None:
    one, two = (json.loads(run("--json", *more).stdout)["totals"] for more in (["--bytes-per-sample", "1"], []))

    assert two["bytes_per_day"] == pytest.approx(2 * one["bytes_per_day"])


def test_a_budget_that_is_kept_is_shown_with_what_is_left(run: Any) -> None:
    result = run(budget="series_budget=1_000_000,")

    assert result.exit_code == 0
    assert "kept" in result.stdout


def test_a_budget_that_is_exceeded_ends_with_status_1(run: Any) -> None:
    result = run(budget="series_budget=100,")

    assert result.exit_code == 1
    assert "EXCEEDED" in result.stdout
    assert result.stderr.strip().endswith("over budget: shop")


def test_what_is_assumed_is_said(run: Any) -> None:
    output = run().stdout

    assert "at worst every label takes as many values" in output
    assert "2 bytes a sample" in output


def test_a_prometheus_that_does_not_answer_is_one_error_without_its_password(run: Any) -> None:
    result = run("--prometheus", "http://operator:hunter2@127.0.0.1:9")

    assert result.exit_code != 0
    assert "does not answer" in str(result.exception)
    assert "hunter2" not in str(result.exception) + result.output


def test_a_wrong_address_is_one_error_without_its_password(run: Any) -> None:
    result = run("--prometheus", "http://operator:hunter2@127.0.0.1:port")

    assert result.exit_code == 2
    assert "is no address" in result.output
    assert "hunter2" not in result.output


def test_names_stand_whole_where_no_terminal_is(run: Any) -> None:
    assert HTTP_BACKGROUND_DURATION.name in run("--all").stdout
