"""Programs are found where Debian puts them; those that are missing are all named, with their packages."""

from pathlib import Path

import pytest

from watchbill_stack.native import programs


def test_every_program_of_the_stack_is_found() -> None:
    found = programs.located(programs.PACKAGES)

    assert all(path.is_file() for path in found.values())


def test_all_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(programs.MissingProgram) as missing:
        programs.located(["prometheus", "redis-server"])

    text = str(missing.value)
    assert "prometheus is not installed" in text
    assert "redis-server is not installed" in text
    assert "apt-get install --no-install-recommends prometheus redis-server" in text
