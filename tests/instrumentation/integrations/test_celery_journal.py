"""The journal of messages begun, in folders of the tests' own."""

import subprocess
import sys
from pathlib import Path

from tests.plugins.forked import forked
from watchbill.integrations.celery_journal import Journal

_DIES = """
import os, signal, sys
from pathlib import Path
from watchbill.integrations.celery_journal import Journal
journal = Journal(Path(sys.argv[1]))
for message in ("ended", "running"):
    journal.begun(message)
journal.ended("ended")
os.kill(os.getpid(), signal.SIGKILL)
"""


def dead_process(folder: Path) -> None:
    """One that has begun two messages and ended one of them."""
    subprocess.run([sys.executable, "-c", _DIES, str(folder)], check=False)


def test_what_a_dead_process_had_begun_is_lost_once(tmp_path: Path) -> None:
    dead_process(tmp_path)
    journal = Journal(tmp_path)
    assert not journal.was_lost("ended")
    assert not journal.was_lost("another")
    assert journal.was_lost("running")
    assert not journal.was_lost("running")


def test_what_runs_is_not_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begun("one")
    assert not Journal(tmp_path).was_lost("one")


def test_what_was_told_of_is_forgotten(tmp_path: Path) -> None:
    dead_process(tmp_path)
    Journal(tmp_path).forget("running")
    assert not Journal(tmp_path).was_lost("running")


def test_a_forked_child_writes_for_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begun("parent")
    with forked(lambda: journal.begun("child")) as child:
        assert not journal.was_lost("child")
        child.end()
    assert journal.was_lost("child")
    assert not journal.was_lost("parent")


def test_files_of_the_dead_go_when_nothing_is_in_them(tmp_path: Path) -> None:
    dead_process(tmp_path)
    Journal(tmp_path).begun("one")
    assert len(list(tmp_path.iterdir())) == 2
    assert Journal(tmp_path).was_lost("running")
    journal = Journal(tmp_path)
    journal.begun("two")
    names = [path.name for path in tmp_path.iterdir()]
    assert len([name for name in names if name.startswith("left-")]) == 0


def test_the_folder_is_this_user_s_alone(tmp_path: Path) -> None:
    Journal(tmp_path / "journal").begun("one")
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "journal").iterdir())
