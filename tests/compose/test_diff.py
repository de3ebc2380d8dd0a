"""`watchbill diff`, run as people run it, on a real repository."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

STACK = dedent("""\
    from watchbill import Names, Redis, Service, Team, availability, latency, max_error_ratio
    from watchbill_stack import Slack, Stack, Webhook
    team = Team("storefront", page=Webhook("https://pager.example.com"), ticket=Slack("#a", url_file="/run/secrets/a"))
    shop = Service(
        "shop", team=team, tier=1, targets=["shop:8000"], uses=[Redis("cache", address="cache:6379")],
        objectives=[availability(99.9), latency(0.5, 95)], thresholds=[max_error_ratio(0.01)],
    )
    stack = Stack(shop, dashboards="https://grafana.example.com", runbooks="https://runbooks.example.com")
    """)
AFFECTED = (
    "ErrorBudgetBurnFast, ErrorBudgetBurnMedium, ErrorBudgetBurnSlow, ErrorBudgetBurnTrickle, ErrorBudgetExhausted"
)


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "-C", folder, *identity, *arguments), check=True, capture_output=True)


def _watchbill(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = (sys.executable, "-m", "watchbill_stack", *arguments)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two commits: the second asks for another availability and is built."""
    folder = tmp_path_factory.mktemp("repository")
    _git(folder, "init", "-b", "main")
    for text in (STACK, STACK.replace("availability(99.9)", "availability(99.95)")):
        (folder / "stack.py").write_text(text)
        assert _watchbill(folder, "build", "stack.py", "-o", ".").returncode == 0
        _git(folder, "add", ".")
        _git(folder, "commit", "-m", "built")
    return folder


def test_a_commit_that_changes_one_objective_is_one_line_with_the_alerts_affected(repository: Path) -> None:
    done = _watchbill(repository, "diff", "HEAD~1")

    assert done.stdout == f"objective availability of shop: 99.9 % → 99.95 %; alerts affected: {AFFECTED}\n"
    assert done.returncode == 0
    assert "1 change from HEAD~1" in done.stderr


def test_the_working_tree_is_left_alone(repository: Path) -> None:
    _watchbill(repository, "diff", "HEAD~1", "stack.py")

    status = subprocess.run(("git", "-C", repository, "status", "--short"), capture_output=True, check=True)
    assert status.stdout == b""


def test_a_stack_file_is_compared_before_it_is_built(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "stack.py"
    file.write_text((repository / "stack.py").read_text().replace("max_error_ratio(0.01)", "max_error_ratio(0.05)"))

    done = _watchbill(repository, "diff", "HEAD", str(file))

    assert done.stdout == "alert HighErrorRatio of shop: threshold 0.01 → 0.05, threshold 100 → 20\n"


def test_the_base_may_be_a_folder(repository: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    (tmp_path / "stack.py").write_text(STACK)
    assert _watchbill(tmp_path, "build", "stack.py", "-o", str(older)).returncode == 0

    done = _watchbill(repository, "diff", str(older))

    assert done.stdout.startswith("objective availability of shop: 99.9 % → 99.95 %; ")


def test_breaking_changes_fail_the_command_where_that_is_asked_for(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "stack.py"
    file.write_text(STACK.replace("tier=1", 'names=Names({"route": "endpoint"})'))

    lenient = _watchbill(repository, "diff", "HEAD~1", str(file))
    strict = _watchbill(repository, "diff", "HEAD~1", str(file), "--breaking")
    unbroken = _watchbill(repository, "diff", "HEAD~1", "--breaking")

    assert "BREAKING metric label route of shop: renamed to endpoint" in lenient.stdout
    assert (lenient.returncode, strict.returncode, unbroken.returncode) == (0, 1, 0)


def test_markdown_and_json_say_the_same(repository: Path) -> None:
    markdown = _watchbill(repository, "diff", "HEAD~1", "--format", "markdown").stdout
    content = json.loads(_watchbill(repository, "diff", "HEAD~1", "--json").stdout)

    assert "- objective availability of shop: 99.9 % → 99.95 %" in markdown
    assert [change["alerts"] for change in content["changes"]] == [AFFECTED.split(", ")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch",), "git knows no revision 'nosuch'"),
        (("--", "--output=stolen"), "'--output=stolen' is no revision"),
        (("HEAD~5",), "git knows no revision 'HEAD~5'"),
        (("HEAD", "nosuch.py"), "there is no such file"),
    ],
)
def test_wrong_input_is_one_clear_error(repository: Path, arguments: tuple[str, ...], message: str) -> None:
    done = _watchbill(repository, "diff", *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (repository / "stolen").exists()


def test_a_revision_without_rendered_output_says_so(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-b", "main")
    _git(tmp_path, "commit", "--allow-empty", "-m", "nothing")

    done = _watchbill(tmp_path, "diff", "main")

    assert done.returncode == 2
    assert "no file lies in rendered/ of any room" in done.stderr
