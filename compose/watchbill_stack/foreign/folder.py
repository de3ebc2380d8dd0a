"""Files of a folder that look like rule files or dashboards; a file that is named itself is always taken."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchbill_stack.foreign.source import LARGEST_FILE, WrongSource

_ENDINGS = frozenset({".json", ".yaml", ".yml", ".rules"})
_RULES = re.compile(rb"""^\s*["']?groups["']?\s*:""", re.MULTILINE)
_DASHBOARD = re.compile(rb'"(?:schemaVersion|panels|rows|elements)"\s*:')


def rule_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths, with a folder's rule files in its place; raises WrongSource for a folder without one."""
    return tuple(dict.fromkeys(_files(paths, _RULES, "rule file")))


def dashboard_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths, with a folder's dashboards in its place; raises WrongSource for a folder without one."""
    return tuple(dict.fromkeys(_files(paths, _DASHBOARD, "dashboard")))


def _files(paths: Iterable[Path], sign: re.Pattern[bytes], wanted: str) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = [one for one in sorted(path.rglob("*")) if one.suffix in _ENDINGS and _shows(one, sign)]
        if not found:
            raise WrongSource.at(str(path), 0, f"holds no {wanted}", f"name the {wanted}s themselves")
        yield from found


def _shows(path: Path, sign: re.Pattern[bytes]) -> bool:
    try:
        with path.open("rb") as opened:
            return sign.search(opened.read(LARGEST_FILE)) is not None
    except OSError:
        return False
