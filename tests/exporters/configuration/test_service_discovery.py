"""Which addresses a module may be used for now, and what Prometheus is told of them."""

import json
from pathlib import Path

import pytest

from watchbill.catalogue.exporter import DISCOVERY_SUCCESS, DISCOVERY_TARGETS
from watchbill_exporters import Configuration, RedisSettings, load_configuration
from watchbill_exporters.configuration import Module
from watchbill_exporters.configuration.address import Address, InvalidAddress
from watchbill_exporters.configuration.admission import Admission
from watchbill_exporters.configuration.discovery_file import MOST_TARGETS
from watchbill_exporters.configuration.service_discovery import target_groups

_FILE = """
modules:
  fast: {kind: redis, username: monitor, allow: ["*.cache.svc:6379"], file_sd: [found.yml, "more-*.yml"]}
  plain: {kind: redis}
targets:
  orders: {kind: postgres, address: "db:5432"}
"""
_FOUND = """
- targets: ["10.0.0.1:6379", "10.0.0.2:6379"]
  labels: {shard: a, __module__: other, __address__: "evil:1", __meta_zone: b, __param_target: "evil:1", a-b: c, "": d}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    (tmp_path / "exporter.yaml").write_text(_FILE, encoding="utf-8")
    (tmp_path / "found.yml").write_text(_FOUND, encoding="utf-8")
    (tmp_path / "more-1.yml").write_text("nothing", encoding="utf-8")
    return load_configuration(tmp_path / "exporter.yaml", {})


async def test_an_address_is_admitted_by_a_pattern_or_by_a_file(configuration: Configuration) -> None:
    admission = Admission(configuration.modules)
    by_pattern = await admission.settings("fast", "One.Cache.svc:6379")
    by_file = await admission.settings("fast", "10.0.0.2:6379")
    assert by_pattern is not None
    assert by_file is not None
    assert [one.address for one in (by_pattern, by_file)] == ["one.cache.svc:6379", "10.0.0.2:6379"]
    assert admission.admits("fast", Address.parse("10.0.0.2:6379"))


@pytest.mark.parametrize(
    ("module", "asked"),
    [
        ("fast", "10.0.0.3:6379"),
        ("fast", "one.cache.svc:6380"),
        ("plain", "one.cache.svc:6379"),
        ("plain", "10.0.0.1:6379"),
        ("none", "one.cache.svc:6379"),
        ("fast", "db:5432"),
    ],
)
async def test_what_neither_lists_is_not_admitted(configuration: Configuration, module: str, asked: str) -> None:
    admission = Admission(configuration.modules)
    assert await admission.settings(module, asked) is None
    assert not admission.admits(module, Address.parse(asked))


async def test_what_is_no_address_is_told_apart(configuration: Configuration) -> None:
    with pytest.raises(InvalidAddress):
        await Admission(configuration.modules).settings("fast", "redis://10.0.0.1:6379")


async def test_prometheus_is_told_every_target_and_no_label_that_would_steer_it(configuration: Configuration) -> None:
    admission = Admission(configuration.modules)
    await admission.refresh()
    own = {"__meta_watchbill_kind": "redis", "__param_module": "fast", "shard": "a", "__meta_zone": "b"}
    assert target_groups(configuration.targets, admission) == [
        {"targets": ["orders"], "labels": {"__meta_watchbill_kind": "postgres", "__param_target": "orders"}},
        {"targets": ["10.0.0.1:6379"], "labels": {**own, "__param_target": "10.0.0.1:6379"}},
        {"targets": ["10.0.0.2:6379"], "labels": {**own, "__param_target": "10.0.0.2:6379"}},
    ]


def test_the_state_of_each_file_is_measured(configuration: Configuration, tmp_path: Path) -> None:
    admission = Admission(configuration.modules)
    admission.read()
    found, broken = str(tmp_path / "found.yml"), str(tmp_path / "more-1.yml")
    measured = {one.metric: dict(zip(one.keys, one.values, strict=True)) for one in admission.measured()}
    assert measured == {
        DISCOVERY_SUCCESS: {(found,): 1.0, (broken,): 0.0},
        DISCOVERY_TARGETS: {(found,): 2.0, (broken,): 0.0},
    }
    assert list(admission.faults()) == [broken]


def test_a_file_that_one_of_its_modules_cannot_use_is_at_fault(tmp_path: Path) -> None:
    template = RedisSettings(name="", address="")
    (tmp_path / "full.json").write_text(json.dumps([{"targets": ["a:1"] * MOST_TARGETS}]), encoding="utf-8")
    (tmp_path / "more.json").write_text(json.dumps([{"targets": ["b:1"]}]), encoding="utf-8")
    full, more = str(tmp_path / "full.json"), str(tmp_path / "more.json")
    both = {"a": Module(name="a", template=template, files=(full, more))}
    for modules in (both, {**both, "b": Module(name="b", template=template, files=(more,))}):
        admission = Admission(modules)
        admission.read()
        assert list(admission.faults()) == [more]
