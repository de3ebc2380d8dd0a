"""A stack file's mistakes come all at once, each with its place and its remedy, and never as a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from watchbill_stack.loading import WrongStack, load

_GOOD_TEAM = """\
from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio
from watchbill_stack import Slack, Stack, Webhook
team = Team("storefront", page=Webhook("https://pager.example.com"), ticket=Slack("#shop", url_file="/run/secrets/s"))
"""

_SIX_MISTAKES = """\
from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio
from watchbill_stack import Slack, Stack, Webhook
team = Team(
    "storefront",
    page=Webhook("pager.example.com"),
    ticket=Slack("#shop", url_file="/run/secrets/slack"),
)
stack = Stack(
    Service(
        "Shop",
        team=team,
        uses=[
            Redis("cache", address="redis://cache:6379"),
        ],
        objectives=[
            availability(90),
            latency(-1, 95),
        ],
        thresholds=[
            max_error_ratio(5),
        ],
    )
)
"""


def _written(folder: Path, text: str) -> Path:
    file = folder / "stack.py"
    file.write_text(text)
    return file


def test_six_different_mistakes_give_six_errors_with_place_and_remedy(tmp_path: Path) -> None:
    file = _written(tmp_path, _SIX_MISTAKES)

    with pytest.raises(WrongStack) as wrong:
        load(file)

    problems = wrong.value.problems
    assert sorted(problem.place.line for problem in problems) == [5, 9, 13, 16, 17, 20]
    assert {problem.place.file for problem in problems} == {str(file)}
    assert all(problem.cause and problem.remedy for problem in problems)


def test_the_command_prints_all_mistakes_and_exits_2_without_a_traceback(tmp_path: Path) -> None:
    file = _written(tmp_path, _SIX_MISTAKES)

    done = subprocess.run(
        [sys.executable, "-m", "watchbill_stack", "build", str(file), "-o", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("remedy: ") == 6
    assert "6 mistakes" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("import watchbill\nstack = watchbill.Stak()\n", 2, "AttributeError"),
        ("x = 1\nstack = (\n", 2, "no Python"),
        ("x = 1\n", 1, "holds no Stack"),
        ("import sys\nsys.exit(0)\n", 2, "SystemExit"),
        (_GOOD_TEAM + 'stack = Stack(Service("shop", teem=team))\n', 4, "teem"),
        (_GOOD_TEAM + "one = Stack(Service('a', team=team))\ntwo = Stack(Service('b', team=team))\n", 1, "2 stacks"),
        (_GOOD_TEAM + "stack = Stack()\n", 4, "watches no service"),
        (_GOOD_TEAM + "stack = Stack(Service('a', team='x', uses=[3], objectives=None))\n", 4, "'x' is no Team"),
    ],
)
def test_a_file_that_is_wrong_as_python_names_the_line(tmp_path: Path, text: str, line: int, cause: str) -> None:
    with pytest.raises(WrongStack) as wrong:
        load(_written(tmp_path, text))

    assert any(problem.place.line == line and cause in problem.cause for problem in wrong.value.problems)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongStack, match="there is no such file"):
        load(tmp_path / "none.py")


def test_the_only_stack_of_a_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    stack = load(_written(tmp_path, _GOOD_TEAM + "mine = Stack(Service('shop', team=team))\n"))

    assert [service.name for service in stack.services] == ["shop"]


def test_a_stack_file_imports_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "watchbill_test_teams.py").write_text(_GOOD_TEAM)
    text = "from watchbill_test_teams import Service, Stack, team\nstack = Stack(Service('shop', team=team))\n"

    stack = load(_written(tmp_path, text))

    assert [service.name for service in stack.services] == ["shop"]
