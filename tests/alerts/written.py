"""What the room renders for a stack, as files, and the programs that read them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.plugins.programs import program
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.rendering import render

Declare = Callable[..., Stack]


def written(stack: Stack, folder: Path, profile: Profile | None = None) -> Path:
    """Everything the room renders for a stack, in a folder."""
    for path, text in render(stack, profile or Profile.production()).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def run(name: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """A program's outcome."""
    return subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)


def run_rule_tests(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The outcome of all generated rule tests in a folder."""
    return run("promtool", "test", "rules", *sorted((folder / "tests").glob("*.yaml")))
