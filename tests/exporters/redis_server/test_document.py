"""REDIS.md says what the code does."""

from pathlib import Path

from watchbill_exporters import RedisSettings, load_configuration
from watchbill_exporters.redis_server.client_list import CLIENT_LIST
from watchbill_exporters.redis_server.inventory import Inventory
from watchbill_exporters.redis_server.kind import KIND
from watchbill_exporters.redis_server.options import OPTIONS
from watchbill_exporters.redis_server.rights import ACL, ACL_OF_REDIS_6, ACL_OF_SENTINEL
from watchbill_exporters.redis_server.shown_settings import DEFAULT_SETTINGS

_DOCUMENT = (Path(__file__).parents[3] / "exporters" / "REDIS.md").read_text(encoding="utf-8")


def test_the_lines_that_grant_rights_are_those_of_the_code() -> None:
    lines = _DOCUMENT.splitlines()
    assert [line for line in (ACL, ACL_OF_REDIS_6, ACL_OF_SENTINEL) if line.format(user="watchbill") not in lines] == []


def test_every_option_and_every_setting_that_is_always_shown_is_named() -> None:
    options = [option for option in KIND.keys if option not in OPTIONS]
    assert [name for name in (*options, *DEFAULT_SETTINGS) if f"`{name}`" not in _DOCUMENT] == []


def test_its_configuration_loads_and_every_collector_is_named(tmp_path: Path) -> None:
    (block,) = [part.removeprefix("yaml\n") for part in _DOCUMENT.split("```")[1::2] if part.startswith("yaml\n")]
    file = tmp_path / "exporter.yaml"
    file.write_text(block, encoding="utf-8")
    settings = load_configuration(file).targets["cache"]
    assert isinstance(settings, RedisSettings)
    names = [collector.name for collector in Inventory(settings).collectors]
    assert CLIENT_LIST.name in names
    assert [name for name in names if f"`{name}`" not in _DOCUMENT] == []
