"""OPERATIONS.md says what the frame does."""

from pathlib import Path

import pytest
import yaml

from watchbill.catalogue import Subject, exporter
from watchbill_exporters import addresses, deadline, fleet, kept, slots, users
from watchbill_exporters.http_connection import HttpConnection

_PAGE = (Path(__file__).parents[2] / "exporters" / "OPERATIONS.md").read_text(encoding="utf-8")
_BLOCKS = [part.removeprefix("yaml\n") for part in _PAGE.split("```")[1::2]]


def test_every_metric_of_the_exporter_itself_is_there() -> None:
    assert [metric.name for metric in Subject.of(exporter).metrics if f"`{metric.name}`" not in _PAGE] == []


@pytest.mark.parametrize("block", _BLOCKS)
def test_its_scrape_configurations_are_yaml(block: str) -> None:
    assert yaml.safe_load(block)["scrape_configs"][0]["job_name"]


@pytest.mark.parametrize(
    "words",
    [
        f"less {deadline.ANSWER_MARGIN:g} s",
        f"at most {deadline.LONGEST_BUDGET:g} s",
        f"asked for {fleet.LONGEST_REST / 60:g} minutes",
        f"within {fleet.SWEEP_SECONDS:g} s",
        f"Up to {addresses.MOST_TARGETS} targets",
        f"in {addresses.LONGEST_IDLE / 60:g} minutes",
        f"ends after {kept.LONGEST_READING:g} s",
        f"at most {slots.MOST_AT_ONCE} such connections",
        f"for {users.REMEMBERED_SECONDS / 60:g} minutes from",
        f"refused for {users.FORGIVEN_SECONDS:g} s",
        f"{users.MOST_TRIES} wait",
        f"{HttpConnection.patience:g} to {2 * HttpConnection.patience:g} s",
        f"at most {HttpConnection.most} clients",
    ],
)
def test_its_numbers_are_those_of_the_code(words: str) -> None:
    assert words in " ".join(_PAGE.split())
