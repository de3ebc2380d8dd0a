"""Secrets as they are read at each sign-in."""

import os
import re
from pathlib import Path

import pytest

from watchbill_exporters.reason import TargetDown
from watchbill_exporters.secret import SecretFile, SecretVariable


def test_the_line_end_of_an_editor_is_no_part_of_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(" hunter2 \r\n", encoding="utf-8")
    monkeypatch.setenv("SECRET", " hunter2 \n")
    assert SecretFile(str(tmp_path / "secret")).read() == SecretVariable("SECRET").read() == " hunter2 "


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"hunter2\xff", "is no UTF-8 text"),
        (b"hunter2" * 10_000, "is too long for a password"),
    ],
)
def test_what_holds_no_secret_is_told_without_its_content(tmp_path: Path, content: bytes, cause: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(TargetDown, match=f"{re.escape(str(file))} {cause}") as caught:
        SecretFile(str(file)).read()
    assert caught.value.reason == "auth"
    assert "hunter2" not in str(caught.value)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "secret")
    with pytest.raises(TargetDown, match="is no regular file"):
        SecretFile(str(tmp_path / "secret")).read()


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(TargetDown, match=f"{re.escape(str(tmp_path))}/secret: No such file"):
        SecretFile(str(tmp_path / "secret")).read()
