"""Rendered output as git holds it."""

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from watchbill_stack.difference.revision import NoRevision, rendered_at

RULES = PurePosixPath("alerts/rendered/rules/a b.yaml")


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "-C", folder, *identity, *arguments), check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-b", "main")
    for path in (RULES, PurePosixPath("README.md"), PurePosixPath("deep/er/alerts/rendered/rules/other.yaml")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{path}\nü\n")
    (tmp_path / "alerts" / "rendered" / "link.yaml").symlink_to("/etc/passwd")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-m", "one")
    return tmp_path


def test_the_rendered_files_of_a_revision_are_read_from_git_alone(repository: Path) -> None:
    (repository / RULES).write_text("changed since")

    commit, files = rendered_at("main", repository)

    assert len(commit) == 40
    assert files == {RULES: f"{RULES}\nü\n".encode()}
    assert (repository / RULES).read_text() == "changed since"


def test_a_folder_of_a_repository_is_read_from_there(repository: Path) -> None:
    _, files = rendered_at("HEAD", repository / "deep" / "er")

    assert list(files) == [PurePosixPath("alerts/rendered/rules/other.yaml")]


@pytest.mark.parametrize("revision", ["nosuch", "HEAD~9", "", "HEAD:README.md", "a b", "HEAD^{tree}"])
def test_a_revision_that_is_none_is_one_clear_error(repository: Path, revision: str) -> None:
    with pytest.raises(NoRevision, match="no revision"):
        rendered_at(revision, repository)


@pytest.mark.parametrize("revision", ["--output=stolen", "-h", "--exec=touch stolen"])
def test_an_option_is_no_revision(repository: Path, revision: str) -> None:
    with pytest.raises(NoRevision, match="is no revision"):
        rendered_at(revision, repository)

    assert not (repository / "stolen").exists()


def test_a_folder_outside_of_any_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoRevision, match=r"not a git repository.*; give a folder with rendered output as BASE"):
        rendered_at("HEAD", tmp_path)


def test_a_machine_without_git_is_told_what_to_give_instead(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    with pytest.raises(NoRevision, match="git is not installed; give a folder"):
        rendered_at("HEAD", repository)
