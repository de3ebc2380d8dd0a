"""Files of workers are this user's alone, find room or do without, and do not stay for ever."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Counter

from tests.plugins.forked import forked, run_forked
from watchbill import Observability
from watchbill.store.leader import Leader, started
from watchbill.store.place import group_directory, private_directory, purge
from watchbill.store.segment import Segment
from watchbill.store.workers import VARIABLE
from watchbill.testing import Exposition

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="it takes another user, or a file system of its own")


@pytest.fixture
def little_room(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB in memory."""
    folder = tmp_path / "little"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@as_root
def test_a_full_file_system_costs_what_has_no_room_and_nothing_else(
    little_room: Path, caplog: pytest.LogCaptureFixture
) -> None:
    observability = Observability("shop", tracing=None, logging=None, workers=little_room)
    orders = Counter("test_orders", "Orders.", ["number"], registry=observability.registry)
    for number in range(9_000):
        orders.labels(f"{number:030}").inc()
    orders.labels(f"{0:030}").inc()
    with caplog.at_level(logging.ERROR, logger="watchbill"):
        found = Exposition.of(observability)
    kept = {one.labels["number"]: one.value for one in found.samples if one.name == "test_orders_total"}
    assert kept[f"{0:030}"] == 2
    assert 100 < len(kept) < 9_000
    assert "No space left" in caplog.text


@as_root
def test_a_worker_without_room_beside_others_has_no_page_rather_than_a_wrong_one(
    little_room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill.store.company._RETRY_SECONDS", 0.0)
    observability = Observability("shop", tracing=None, logging=None, workers=little_room)
    orders = Counter("test_orders", "Orders.", registry=observability.registry)
    orders.inc(2)
    ballast = little_room / "ballast"

    def join_late() -> None:
        orders.inc(3)
        for _ in range(3):
            with pytest.raises(OSError, match=r"no room for its numbers in .*: make room there"):
                observability.exposition()
        assert len(list(little_room.rglob("worker-*"))) == 1
        ballast.unlink()
        assert "test_orders_total 5\n" in observability.exposition()

    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(500_000))
    assert "test_orders_total 2\n" in observability.exposition()
    run_forked(join_late)
    assert "test_orders_total 5\n" in observability.exposition()


@as_root
def test_a_worker_without_room_for_a_file_goes_on_and_joins_when_there_is_some(
    little_room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill.store.company._RETRY_SECONDS", 0.0)
    ballast = little_room / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(500_000))
    observability = Observability("shop", tracing=None, logging=None, workers=little_room)
    orders = Counter("test_orders", "Orders.", registry=observability.registry)
    orders.inc(2)
    assert "test_orders_total 2\n" in observability.exposition()
    ballast.unlink()
    assert "test_orders_total 2\n" in observability.exposition()
    with forked(lambda: orders.inc(3)):
        assert "test_orders_total 5\n" in observability.exposition()


@as_root
def test_a_directory_of_another_user_is_not_used(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        private_directory(theirs)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        private_directory(tmp_path / "link")


def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Observability("shop", tracing=None, logging=None, workers=tmp_path)
    finally:
        os.umask(old)
    made = list(tmp_path.rglob("*"))
    assert len(made) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)


@as_root
def test_where_memory_is_another_users_the_next_place_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, next_place = tmp_path / "memory", tmp_path / "runtime"
    taken.mkdir()
    next_place.mkdir()
    theirs = taken / f"watchbill-{os.geteuid()}"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    monkeypatch.setattr("watchbill.store.place._MEMORY", taken)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(next_place))
    assert group_directory(Leader(1, 1), "shop").is_relative_to(next_place)


def test_what_dead_servers_left_is_removed_and_what_lives_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill.store.place._MEMORY", tmp_path)
    pid, long_ago = os.getpid(), time.time() - 3600
    with forked(lambda: None) as other:
        names = {
            "dead": group_directory(Leader(other.pid, started(other.pid) - 1), "shop"),
            "new": group_directory(Leader(other.pid, started(other.pid) - 1), "new"),
            "living": group_directory(Leader(other.pid, started(other.pid)), "shop"),
            "mine": group_directory(Leader(pid, started(pid)), "shop"),
        }
        for name in ("dead", "living", "mine"):
            os.utime(names[name], (long_ago, long_ago))
        purge(names["mine"])
        assert {name for name, path in names.items() if path.exists()} == {"new", "living", "mine"}


def test_a_directory_whose_worker_lives_on_without_its_server_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill.store.place._MEMORY", tmp_path)
    orphans = group_directory(Leader(2**30, 1), "shop")
    mine = group_directory(Leader(os.getpid(), 1), "shop")

    kept: list[Segment] = []
    with forked(lambda: kept.append(Segment(orphans, 0))):
        os.utime(orphans, (1, 1))
        purge(mine)
        assert orphans.exists()
    purge(mine)
    assert not orphans.exists()


def test_the_variable_says_where_workers_meet(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from prometheus_client import Counter\n"
        "from watchbill import Observability\n"
        "observability = Observability('shop', tracing=None, logging=None)\n"
        "orders = Counter('test_orders', 'Orders.', registry=observability.registry)\n"
        "orders.inc(int(sys.argv[1]))\n"
        "print(observability.exposition() if sys.argv[1] == '0' else '')\n"
    )

    def page(count: int) -> str:
        command = [sys.executable, "-c", script, str(count)]
        environ = {**os.environ, VARIABLE: str(tmp_path / "meeting")}
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout

    page(2)
    page(3)
    assert "test_orders_total 5\n" in page(0)


def test_a_directory_that_cannot_be_made_leaves_the_process_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    observability = Observability("shop", tracing=None, logging=None, workers=tmp_path / "file")
    orders = Counter("test_orders", "Orders.", registry=observability.registry)
    orders.inc(2)
    run_forked(lambda: None)
    assert "test_orders_total 2\n" in observability.exposition()
