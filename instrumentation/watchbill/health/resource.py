"""Checks of this machine or container: room on a disk, memory."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from watchbill.errors import InvalidDeclaration
from watchbill.health.check import Result

_GROUP = Path("/sys/fs/cgroup")
_SYSTEM = Path("/proc/meminfo")


def disk(path: str | Path = "/", *, max_used: float = 0.8) -> Callable[[], Result]:
    """A check that fails when more than this share of a file system is used (as `df` has it) or it cannot be read."""
    _check("disk", max_used)

    def room() -> Result:
        usage = shutil.disk_usage(path)
        # What is kept for root is neither used nor free.
        used = usage.used / (usage.used + usage.free)
        details = {"path": str(path), "used_ratio": round(used, 4), "free_bytes": usage.free}
        return _judged(used, max_used, f"of {path}", details)

    return room


def memory(*, max_used: float = 0.8) -> Callable[[], Result]:
    """A check that fails when more than this share of the container's limit, or else of the machine, is used.

    Memory that can be had back at once, such as the cache of files, does not count as used.
    """
    _check("memory", max_used)

    def room() -> Result:
        used, limit, source = _of_group() or _of_machine()
        details = {"of": source, "used_ratio": round(used / limit, 4), "limit_bytes": limit}
        return _judged(used / limit, max_used, f"of the {source}'s memory", details)

    return room


def _check(name: str, max_used: object) -> None:
    if not isinstance(max_used, int | float) or not 0 < max_used <= 1:
        raise InvalidDeclaration(name, [f"max_used={max_used!r} is no share: give more than 0, at most 1"])


def _judged(used: float, most: float, what: str, details: Mapping[str, object]) -> Result:
    return Result(used <= most, "" if used <= most else f"{used:.1%} {what} is used, over {most:.0%}", details)


def _of_group() -> tuple[int, int, str] | None:
    """Of the control group (version 2) that this process sees as its root, where it has a limit."""
    with suppress(OSError, ValueError):
        limit = int((_GROUP / "memory.max").read_text())
        used = int((_GROUP / "memory.current").read_text())
        fields = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
        return used - int(fields["inactive_file"]), limit, "container"
    return None


def _of_machine() -> tuple[int, int, str]:
    fields = dict(line.split(":") for line in _SYSTEM.read_text().splitlines())
    total, available = (int(fields[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    return total - available, total, "machine"
