"""What can be used is documented."""

import re
from pathlib import Path

import click
import pytest

from watchbill_stack.cli import watchbill

_ROOT = Path(__file__).parents[2]
_COMPOSE = (_ROOT / "compose" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(watchbill.commands))
def test_every_command_and_option_is_documented(name: str) -> None:
    command = watchbill.commands[name]

    assert f"`watchbill {name}" in _COMPOSE
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[-1]}" in _COMPOSE or f" {parameter.opts[-1]} " in _COMPOSE, parameter.opts
            assert parameter.help


def test_every_command_that_is_documented_exists() -> None:
    assert set(re.findall(r"`watchbill ([a-z]+)", _COMPOSE)) <= set(watchbill.commands)


@pytest.mark.golden
def test_the_stack_file_of_the_readme_renders(tmp_path: Path) -> None:
    from watchbill_stack.loading import load

    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = [block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "Stack(" in block]
    file = tmp_path / "stack.py"
    file.write_text(text)

    assert [service.name for service in load(file).services] == ["shop"]


def test_the_readme_names_files_that_exist() -> None:
    for readme in _ROOT.glob("**/README.md"):
        if any(part in {"node_modules", ".venv"} for part in readme.parts):
            continue
        for target in re.findall(r"\]\(([^)#:]+)\)", readme.read_text(encoding="utf-8")):
            assert (readme.parent / target).exists(), f"{readme}: {target}"
