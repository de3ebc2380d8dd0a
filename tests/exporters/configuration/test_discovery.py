"""Discovery files: targets that come and go without a restart."""

import asyncio
import json
import logging
import os
from pathlib import Path

import pytest

from tests.plugins.programs import wait_until
from watchbill_exporters.configuration.address import Address
from watchbill_exporters.configuration.discovery import MOST_FILES, Discovery
from watchbill_exporters.configuration.discovery_file import (
    LARGEST_BYTES,
    MOST_LABELS,
    MOST_TARGETS,
    UnusableFile,
    read_groups,
)

_ONE, _TWO = Address.parse("10.0.0.1:6379"), Address.parse("cache.svc:6379")


def _written(file: Path, *addresses: str) -> None:
    file.write_text(json.dumps([{"targets": addresses, "labels": {"shard": "1"}}]), encoding="utf-8")
    # A file system may give two quick writes the same time.
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 1))


def _read(discovery: Discovery) -> list[str]:
    discovery.read()
    return sorted(str(address) for group in discovery.groups() for address in group.addresses)


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    _written(tmp_path / "a.json", "10.0.0.1:6379", "Cache.svc:6379")
    (tmp_path / "b.yml").write_text(
        "- targets: [10.0.0.1:6379, 'Cache.svc:6379']\n  labels: {shard: 1}\n", encoding="utf-8"
    )
    assert read_groups(tmp_path / "a.json") == read_groups(tmp_path / "b.yml")
    (group,) = read_groups(tmp_path / "b.yml")
    assert (group.addresses, group.labels) == ((_ONE, _TWO), {"shard": "1"})


def test_files_that_come_change_and_go_are_followed(tmp_path: Path) -> None:
    discovery = Discovery([str(tmp_path / "*.json")])
    assert _read(discovery) == []
    _written(tmp_path / "a.json", "10.0.0.1:6379")
    assert _read(discovery) == ["10.0.0.1:6379"]
    _written(tmp_path / "a.json", "10.0.0.2:6379")
    _written(tmp_path / "b.json", "cache.svc:6379")
    assert _read(discovery) == ["10.0.0.2:6379", "cache.svc:6379"]
    assert not discovery.lists(_ONE)
    assert discovery.lists(_TWO)
    (tmp_path / "b.json").unlink()
    assert _read(discovery) == ["10.0.0.2:6379"]


def test_a_broken_file_keeps_its_last_good_content_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "a.json"
    discovery = Discovery([str(file)])
    _written(file, "10.0.0.1:6379")
    with caplog.at_level(logging.INFO, "watchbill.exporter"):
        assert _read(discovery) == ["10.0.0.1:6379"]
        file.write_text('[{"targets": ["10.0.0.1:6379", "redis://:hunter2@a:1"]}]', encoding="utf-8")
        for _ in range(3):
            assert _read(discovery) == ["10.0.0.1:6379"]
        (state,) = discovery.states().values()
        assert state.fault is not None
        _written(file, "10.0.0.2:6379")
        assert _read(discovery) == ["10.0.0.2:6379"]
    first, second = [record.getMessage() for record in caplog.records]
    assert first.startswith(f"discovery file {file} cannot be used: target 2 of group 1 is no host:port: ")
    assert "remedy: " in first
    assert "hunter2" not in first
    assert second == f"discovery file {file} is in use again"


def test_what_takes_the_place_of_a_file_and_cannot_be_read_keeps_its_last_good_content(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    discovery = Discovery([str(file)])
    _written(file, "10.0.0.1:6379")
    assert _read(discovery) == ["10.0.0.1:6379"]
    file.unlink()
    file.mkdir()
    assert _read(discovery) == ["10.0.0.1:6379"]
    assert [state.fault for state in discovery.states().values()] == ["it is no regular file"]


def test_a_file_that_is_removed_takes_its_targets_with_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    discovery = Discovery([str(file)])
    _written(file, "10.0.0.1:6379")
    assert _read(discovery) == ["10.0.0.1:6379"]
    file.unlink()
    assert _read(discovery) == []
    assert [state.fault for state in discovery.states().values()] == ["it does not exist"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[", "no JSON from line 1 on"),
        ("{}", "no list of groups"),
        ("[5]", "group 1 is no mapping"),
        ('[{"labels": {}}]', "no list of `targets`"),
        ('[{"targets": [5]}]', "target 1 of group 1"),
        ('[{"targets": [], "labels": 5}]', "no mapping"),
        ('[{"targets": [], "labels": {"a": {}}}]', "a label that is no text"),
        (json.dumps([{"targets": [], "labels": dict.fromkeys(map(str, range(MOST_LABELS + 1)), "x")}]), "labels"),
        (json.dumps([{"targets": [], "labels": {"a": "x" * 10_000}}]), "characters"),
        ('[{"targets": [], "labels": {"a": true}}]', "a label that is no text"),
        ('[{"targets": [], "labels": {"a": "\\ud800"}}]', "a label that is no text"),
        ("[" * 200_000, "cannot be read"),
        ("[" + " " * LARGEST_BYTES + "]", "more than"),
        (json.dumps([{"targets": ["a:1"] * (MOST_TARGETS + 1)}]), "more than"),
    ],
)
def test_each_kind_of_broken_file_has_its_words(tmp_path: Path, text: str, cause: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableFile, match=cause):
        read_groups(file)


@pytest.mark.parametrize(
    "text",
    [b"- targets: [", b"\xff\xfe", b"a: &a [*a]", b"- &a {targets: [*a]}", b"[" * 100_000, b"!!python/name:os.system"],
)
def test_no_yaml_breaks_the_reader(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(text)
    with pytest.raises(UnusableFile):
        read_groups(file)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    discovery = Discovery([str(tmp_path / "a.json")])
    assert _read(discovery) == []
    assert [state.fault for state in discovery.states().values()] == ["it is no regular file"]


def test_all_files_of_a_module_together_are_bounded(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _written(tmp_path / f"{name}.json", *(f"{name}{number}:1" for number in range(MOST_TARGETS // 2 + 1)))
    discovery = Discovery([str(tmp_path / "*.json")])
    assert len(_read(discovery)) == MOST_TARGETS // 2 + 1
    assert [state.fault is None for state in discovery.states().values()] == [True, False]


async def test_readers_that_ask_together_share_one_reading_and_wait_for_no_disk_that_hangs(tmp_path: Path) -> None:
    _written(tmp_path / "a.json", "10.0.0.1:6379")
    discovery = Discovery([str(tmp_path / "a.json")])
    await asyncio.gather(*(discovery.refresh() for _ in range(20)))
    assert discovery.lists(_ONE)
    _written(tmp_path / "a.json", "10.0.0.2:6379")
    await discovery.refresh()
    assert discovery.lists(_ONE), "it is read again after some seconds, not at each request"


def test_a_reading_may_outlive_its_event_loop(tmp_path: Path) -> None:
    _written(tmp_path / "a.json", "10.0.0.1:6379")
    discovery = Discovery([str(tmp_path / "a.json")])

    async def begin() -> None:
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)
        asyncio.get_running_loop().create_task(discovery.refresh()).cancel()
        await asyncio.sleep(0)

    asyncio.run(begin())
    discovery.read()
    wait_until(lambda: discovery.lists(_ONE), "the file is read")


def test_labels_are_the_text_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "- targets: ['a:1']\n  labels: {version: 1.10, on: yes, at: 12:30, day: 2026-01-01, none: }\n", encoding="utf-8"
    )
    (tmp_path / "a.json").write_text('[{"targets": ["a:1"], "labels": {"version": 1.10}}]', encoding="utf-8")
    (of_yaml,), (of_json,) = read_groups(tmp_path / "a.yml"), read_groups(tmp_path / "a.json")
    assert of_yaml.labels == {"version": "1.10", "on": "yes", "at": "12:30", "day": "2026-01-01", "none": ""}
    assert of_json.labels == {"version": "1.10"}


@pytest.mark.parametrize("again", ["- *a\n", "- {targets: [], labels: *l}\n"])
def test_a_file_that_repeats_itself_by_aliases_is_bounded(tmp_path: Path, again: str) -> None:
    targets = ", ".join(f"'a{number}:1'" for number in range(200))
    file = tmp_path / "a.yml"
    file.write_text(f"- &a {{targets: [{targets}], labels: &l {{b: c}}}}\n" + again * MOST_TARGETS, encoding="utf-8")
    with pytest.raises(UnusableFile, match=f"more than {MOST_TARGETS} targets"):
        read_groups(file)


def test_stars_together_are_as_one(tmp_path: Path) -> None:
    _written(tmp_path / "a.json", "10.0.0.1:6379")
    assert _read(Discovery([str(tmp_path / "**.json")])) == ["10.0.0.1:6379"]


def test_only_the_star_is_a_sign_of_its_own(tmp_path: Path) -> None:
    _written(tmp_path / "a.json", "10.0.0.1:6379")
    _written(tmp_path / "[a]?.json", "10.0.0.2:6379")
    assert _read(Discovery([str(tmp_path / "?*.json"), str(tmp_path / "[b]*.json")])) == []
    assert _read(Discovery([str(tmp_path / "[a]*.json")])) == ["10.0.0.2:6379"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pattern = tmp_path / "shards" / "*.json"
    discovery = Discovery([str(pattern)])
    for _ in range(2):
        assert _read(discovery) == []
    assert [state.fault for state in discovery.states().values()] == [
        "its folder cannot be read: No such file or directory"
    ]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        f"discovery file {pattern} cannot be used"
    ]
    pattern.parent.mkdir()
    _written(pattern.parent / "a.json", "10.0.0.1:6379")
    assert _read(discovery) == ["10.0.0.1:6379"]
    assert [state.fault for state in discovery.states().values()] == [None]


def test_a_folder_that_cannot_be_read_any_more_keeps_its_targets(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    _written(folder / "a.json", "10.0.0.1:6379")
    discovery = Discovery([str(folder / "*.json")])
    assert _read(discovery) == ["10.0.0.1:6379"]
    folder.rename(tmp_path / "moved")
    folder.write_text("no folder", encoding="utf-8")
    assert _read(discovery) == ["10.0.0.1:6379"]
    assert all(state.fault for state in discovery.states().values())


def test_files_beyond_the_bound_are_told(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.json").write_text("[]", encoding="utf-8")
    discovery = Discovery([str(tmp_path / "*.json")])
    discovery.read()
    states = discovery.states()
    assert len(states) == MOST_FILES + 1
    assert "some are not read" in str(states[str(tmp_path / "*.json")].fault)
