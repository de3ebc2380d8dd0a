"""CONFIGURATION.md names every key and every variable, and what it shows loads."""

from pathlib import Path

import pytest

from watchbill_exporters import load_configuration
from watchbill_exporters.configuration.discovery_file import read_groups
from watchbill_exporters.configuration.document import ROOT_KEYS
from watchbill_exporters.configuration.environment import KNOWN
from watchbill_exporters.configuration.targets import MODULE_KEYS, TARGET_KEYS
from watchbill_exporters.configuration.web import CLIENT_AUTH, OF_GO, TLS_KEYS, TLS_VERSIONS, WEB_KEYS
from watchbill_exporters.kind import Kind
from watchbill_exporters.kinds import KINDS

_PAGE = (Path(__file__).parents[3] / "exporters" / "CONFIGURATION.md").read_text(encoding="utf-8")
_WORDS = (*ROOT_KEYS, *TARGET_KEYS, *MODULE_KEYS, *WEB_KEYS, *TLS_KEYS, *OF_GO, *CLIENT_AUTH, *TLS_VERSIONS, *KNOWN)


@pytest.mark.parametrize("word", sorted({*_WORDS}))
def test_every_key_and_variable_is_named(word: str) -> None:
    assert f"`{word}`" in _PAGE


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_a_row_with_its_options(kind: Kind) -> None:
    (row,) = (line for line in _PAGE.splitlines() if line.startswith(f"| `{kind.name}` |"))
    assert [key for key in kind.keys if f"`{key}`" not in row] == []


def test_what_it_shows_loads(tmp_path: Path) -> None:
    first, second = (part.removeprefix("yaml\n") for part in _PAGE.split("```")[1::2] if part.startswith("yaml\n"))
    (tmp_path / "exporter.yaml").write_text(first, encoding="utf-8")
    (tmp_path / "web.yaml").touch()
    configuration = load_configuration(tmp_path / "exporter.yaml", {})
    assert set(configuration.targets) == {"cache", "orders"}
    (tmp_path / "a.yml").write_text(second, encoding="utf-8")
    assert [len(group.addresses) for group in read_groups(tmp_path / "a.yml")] == [2]


def test_the_variables_it_shows_are_a_configuration() -> None:
    (script,) = (part.removeprefix("sh\n") for part in _PAGE.split("```")[1::2] if part.startswith("sh\n"))
    pairs = (line.removeprefix("export ").split("=", 1) for line in script.splitlines() if line.startswith("export "))
    configuration = load_configuration(None, {name: value.strip('"') for name, value in pairs})
    assert set(configuration.targets) == {"cache-eu", "orders"}
