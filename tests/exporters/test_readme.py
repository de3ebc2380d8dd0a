"""The room's README says what the room does."""

from pathlib import Path

import pytest
import yaml

from watchbill.catalogue import Metric, exporter, postgres, redis
from watchbill.catalogue.exporter import REASON
from watchbill_exporters import load_configuration
from watchbill_exporters.rights import POSTGRES_GRANT, POSTGRES_ROLE, REDIS_ACL

_README = (Path(__file__).parents[2] / "exporters" / "README.md").read_text(encoding="utf-8")
_METRICS = [
    metric for module in (redis, postgres, exporter) for metric in vars(module).values() if isinstance(metric, Metric)
]


@pytest.mark.parametrize("metric", _METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_a_row(metric: Metric) -> None:
    labels = ", ".join(f"`{label.name}`" for label in metric.labels)
    assert f"| `{metric.name}` | {labels} | {metric.help} |" in _README


def test_every_reason_has_a_row() -> None:
    assert [reason for reason in REASON.values if f"| `{reason}` |" not in _README] == []


def test_the_lines_that_grant_rights_are_those_of_the_code() -> None:
    for line in (REDIS_ACL, POSTGRES_ROLE, POSTGRES_GRANT):
        assert line.format(user="watchbill") in _README


def test_its_configuration_loads(tmp_path: Path) -> None:
    blocks = [part.removeprefix("yaml\n") for part in _README.split("```")[1::2] if part.startswith("yaml\n")]
    file = tmp_path / "exporter.yaml"
    file.write_text(blocks[0], encoding="utf-8")
    assert set(load_configuration(file).targets) == {"cache", "orders"}
    assert yaml.safe_load(blocks[1])["scrape_configs"]
