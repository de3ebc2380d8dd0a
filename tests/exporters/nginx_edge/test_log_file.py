"""A log is followed by its path, whatever becomes of the file behind it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watchbill_exporters.nginx_edge.log_file import LONGEST_LINE, LogFile

NOBODY = 65_534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is, or will be."""
    return tmp_path / "access.log"


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def lines(log: LogFile) -> list[str]:
    """All there are now."""
    found: list[str] = []
    while read := log.read():
        found += read.decode().splitlines()
    return found


@contextmanager
def unprivileged() -> Generator[None]:
    """Root may read everything, so for a moment it is somebody else."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_lines_count_from_the_first_look(path: Path) -> None:
    append(path, "old\n")
    log = LogFile(str(path))
    assert lines(log) == []
    append(path, "new\n")
    assert lines(log) == ["new"]


def test_lines_from_the_beginning_count_when_asked_for(path: Path) -> None:
    append(path, "old\n")
    assert lines(LogFile(str(path), from_beginning=True)) == ["old"]


def test_a_line_that_is_being_written_at_the_first_look_counts_once_it_is_whole(path: Path) -> None:
    append(path, "old\nhal")
    log = LogFile(str(path))
    assert lines(log) == []
    append(path, "f\n")
    assert lines(log) == ["half"]


def test_a_line_waits_for_its_end(path: Path) -> None:
    log = LogFile(str(path), from_beginning=True)
    append(path, "one\ntw")
    assert lines(log) == ["one"]
    append(path, "o")
    assert lines(log) == []
    append(path, "\nthree\n")
    assert lines(log) == ["two", "three"]


def test_a_log_that_comes_later_is_read_whole(path: Path) -> None:
    log = LogFile(str(path))
    assert lines(log) == []
    assert log.error == os.strerror(2)
    assert not log.is_open
    append(path, "first\n")
    assert lines(log) == ["first"]
    assert log.error is None


def test_a_renamed_log_is_read_to_its_end_and_then_the_new_one(path: Path) -> None:
    append(path, "")
    log = LogFile(str(path))
    lines(log)
    append(path, "before\n")
    old = path.rename(path.with_suffix(".1"))
    append(old, "while it has no name\n")
    assert lines(log) == ["before", "while it has no name"]
    assert log.error is None
    append(path, "new\n")
    append(old, "late\n")
    assert lines(log) == ["late", "new"]
    append(old, "later still\n")
    append(path, "newer\n")
    assert lines(log) == ["later still", "newer"]
    assert log.rotations == 1


def test_a_log_that_is_copied_and_cut_goes_on_from_its_beginning(path: Path) -> None:
    log = LogFile(str(path), from_beginning=True)
    append(path, "one\ntwo\nunfin")
    assert lines(log) == ["one", "two"]
    os.truncate(path, 0)
    append(path, "three\n")
    assert lines(log) == ["three"]
    assert log.rotations == 1


def test_a_log_that_was_cut_and_has_grown_beyond_what_was_read_is_noticed(path: Path) -> None:
    log = LogFile(str(path), from_beginning=True)
    append(path, "one\n")
    assert lines(log) == ["one"]
    os.truncate(path, 0)
    append(path, "another one, which is longer\n")
    assert lines(log) == ["another one, which is longer"]


def test_a_deleted_log_is_read_on_until_there_is_a_new_one(path: Path) -> None:
    append(path, "")
    log = LogFile(str(path))
    lines(log)
    with path.open("a", encoding="utf-8") as held:
        path.unlink()
        held.write("nobody sees this file but us\n")
        held.flush()
        assert lines(log) == ["nobody sees this file but us"]
    append(path, "here again\n")
    assert lines(log) == ["here again"]


def test_a_line_without_an_end_is_skipped_and_takes_no_memory(path: Path) -> None:
    log = LogFile(str(path), from_beginning=True)
    append(path, "x" * (3 * LONGEST_LINE))
    assert lines(log) == []
    append(path, "x" * (3 * LONGEST_LINE) + " its end\nnext\n")
    assert lines(log) == ["next"]
    assert log.too_long == 1


def test_a_log_that_may_not_be_read_says_so_and_is_read_from_then_on(path: Path) -> None:
    append(path, "old\n")
    path.chmod(0)
    path.parent.chmod(0o755)
    log = LogFile(str(path))
    with unprivileged():
        assert lines(log) == []
    assert log.denied
    path.chmod(0o644)
    assert lines(log) == []
    append(path, "new\n")
    assert lines(log) == ["new"]
    assert not log.denied


def test_a_folder_in_place_of_the_log_is_no_log(path: Path) -> None:
    path.mkdir()
    log = LogFile(str(path))
    assert lines(log) == []
    assert log.error == "is no regular file"
