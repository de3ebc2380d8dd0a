"""`watchbill panels` says in one line what is wrong with what it was given."""

import subprocess
import sys
from pathlib import Path

import pytest


def _panels(folder: Path, prometheus: str = "http://127.0.0.1:9") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "watchbill_stack", "panels", str(folder), "--prometheus", prometheus],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"title": "x"}', "3"])
def test_a_file_that_is_no_dashboard_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "wrong.json").write_text(content)

    done = _panels(tmp_path)

    assert done.returncode == 2
    assert "wrong.json is no" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["nonsense", "http://[::1", "ftp://127.0.0.1", "http://"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    (tmp_path / "a.json").write_text('{"uid": "a", "panels": [], "templating": {"list": []}}')

    done = _panels(tmp_path, address)

    assert done.returncode == 2
    assert "--prometheus" in done.stderr
    assert "Traceback" not in done.stderr
