"""The room's README says what the room does."""

from pathlib import Path

import yaml

from watchbill.catalogue.exporter import REASON
from watchbill_exporters import load_configuration

_README = (Path(__file__).parents[2] / "exporters" / "README.md").read_text(encoding="utf-8")


def test_every_reason_has_a_row() -> None:
    assert [reason for reason in REASON.values if f"| `{reason}` |" not in _README] == []


def test_its_configuration_loads(tmp_path: Path) -> None:
    blocks = [part.removeprefix("yaml\n") for part in _README.split("```")[1::2] if part.startswith("yaml\n")]
    file = tmp_path / "exporter.yaml"
    file.write_text(blocks[0], encoding="utf-8")
    assert set(load_configuration(file).targets) == {"cache", "orders"}
    assert yaml.safe_load(blocks[1])["scrape_configs"]
