"""The servers the native stack runs, where they are found, and how to get those that are missing."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from watchbill.errors import WatchbillError

PACKAGES = {
    "redis-server": "redis-server",
    "postgres": "postgresql",
    "initdb": "postgresql",
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
}
"""Debian's package for each program."""

_OTHER_NAMES = {"alertmanager": ("prometheus-alertmanager", "alertmanager")}
_POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"


class MissingProgram(WatchbillError):
    """Programs are not installed; the message names all of them and their packages."""


def find(program: str) -> Path | None:
    """The program on PATH, or in PostgreSQL's versioned folders (newest first)."""
    for name in _OTHER_NAMES.get(program, (program,)):
        found = shutil.which(name)
        if found:
            return Path(found)
    folders = sorted(Path("/").glob(_POSTGRES_FOLDERS.lstrip("/")), key=_version, reverse=True)
    return next((folder / program for folder in folders if (folder / program).is_file()), None)


def located(programs: Iterable[str]) -> dict[str, Path]:
    """Every program's path; raises MissingProgram naming all that are absent."""
    found = {program: find(program) for program in programs}
    missing = [program for program, path in found.items() if path is None]
    if missing:
        lines = [f"{program} is not installed; Debian's package is {PACKAGES[program]}" for program in missing]
        packages = " ".join(sorted({PACKAGES[program] for program in missing}))
        raise MissingProgram("\n".join([*lines, f"Install with: apt-get install --no-install-recommends {packages}"]))
    return {program: path for program, path in found.items() if path is not None}


def _version(folder: Path) -> int:
    digits = re.findall(r"\d+", str(folder))
    return int(digits[0]) if digits else 0
