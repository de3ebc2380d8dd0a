"""Discovery files: which addresses they list now, read again when they change."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Thread
from time import monotonic

from watchbill_exporters.configuration.address import Address
from watchbill_exporters.configuration.discovery_file import (
    MOST_TARGETS,
    Group,
    UnusableFile,
    Version,
    read_groups,
    version_of,
)

LOG = logging.getLogger("watchbill.exporter")

RENEWED_SECONDS = 5.0
MOST_FILES = 100
_PATIENCE_SECONDS = 0.5
_REMEDY = "correct it: what it said before stays in use"


@dataclass(frozen=True, slots=True)
class FileState:
    """What is in use of one file; `fault` says why its present content is not."""

    version: Version | None = None
    groups: tuple[Group, ...] = ()
    fault: str | None = None

    @property
    def count(self) -> int:
        """Targets in use."""
        return sum(len(group.addresses) for group in self.groups)


class Discovery:
    """The files of one module, each a path whose last part may hold a `*`. Starts empty."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(map(Path, patterns))
        self._files: Mapping[Path, FileState] = {}
        self._listed: frozenset[Address] = frozenset()
        self._read_at = float("-inf")
        self._running: asyncio.Future[None] | None = None

    def lists(self, address: Address) -> bool:
        """Whether a file lists the address, as far as they have been read."""
        return address in self._listed

    def groups(self) -> Iterator[Group]:
        """The groups of all files."""
        for state in self._files.values():
            yield from state.groups

    def states(self) -> Mapping[str, FileState]:
        """Every file by its path."""
        return {str(path): state for path, state in self._files.items()}

    async def refresh(self) -> None:
        """Reads what has changed, at most every 5 s; a disk that hangs delays the caller by half a second at most.

        The files are read in a thread of their own, which no end of the process waits for.
        """
        if not self._patterns or (self._running is None and monotonic() - self._read_at < RENEWED_SECONDS):
            return
        if self._running is None:
            self._running = asyncio.get_running_loop().create_future()
            Thread(target=self._read_aside, args=(asyncio.get_running_loop(),), name="discovery", daemon=True).start()
        await asyncio.wait({self._running}, timeout=_PATIENCE_SECONDS)

    def read(self) -> None:
        """Reads what has changed, now; blocks."""
        files: dict[Path, FileState] = {}
        for path, fault in self._found().items():
            before = self._files.get(path, FileState())
            after = _renewed(path, before) if fault is None else FileState(fault=fault)
            listed = sum(state.count for state in files.values())
            if listed + after.count > MOST_TARGETS:
                after = FileState(fault=f"with the module's other files it lists more than {MOST_TARGETS} targets")
            _tell(path, before, after)
            files[path] = after
        for path in self._files.keys() - files.keys():
            if self._files[path].count:
                LOG.info("discovery file %s is gone, and its targets with it", path)
        if files != self._files:
            groups = (group for state in files.values() for group in state.groups)
            self._files, self._listed = files, frozenset(address for group in groups for address in group.addresses)

    def _read_aside(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self.read()
        finally:
            # A loop that has ended meanwhile waits for nothing.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        self._read_at = monotonic()
        running, self._running = self._running, None
        if running is not None and not running.done():
            running.set_result(None)

    def _found(self) -> Mapping[Path, str | None]:
        """The files there are; and patterns that cannot be followed, each with the reason."""
        found: dict[Path, str | None] = {}
        for pattern in self._patterns:
            try:
                matching = _matching(pattern)
            except OSError as error:
                # One that is gone takes its files with it; one that cannot be read now keeps them.
                known = () if isinstance(error, FileNotFoundError) else self._files
                matching = [path for path in known if _fits(path, pattern)]
                found[pattern] = f"its folder cannot be read: {error.strerror}"
            free = MOST_FILES - len(found)
            found.update(dict.fromkeys(matching[:free]))
            if len(matching) > free:
                found[pattern] = f"with the module's other files there are more than {MOST_FILES}: some are not read"
        return found


def _matching(pattern: Path) -> Sequence[Path]:
    if "*" not in pattern.name:
        return [pattern]
    return sorted(path for path in pattern.parent.iterdir() if _fits(path, pattern))


def _fits(path: Path, pattern: Path) -> bool:
    # fnmatch has more signs than the * alone.
    expression = pattern.name.replace("[", "[[]").replace("?", "[?]")
    return path.parent == pattern.parent and path != pattern and fnmatchcase(path.name, expression)


def _renewed(path: Path, before: FileState) -> FileState:
    try:
        version = version_of(path)
    except FileNotFoundError:
        return FileState(fault="it does not exist")
    except (OSError, UnusableFile) as error:
        return replace(before, fault=_words(error))
    if version == before.version:
        return before
    try:
        return FileState(version, read_groups(path))
    except (OSError, UnusableFile) as error:
        return FileState(version, before.groups, _words(error))


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _tell(path: Path, before: FileState, after: FileState) -> None:
    if after.fault != before.fault and after.fault is not None:
        LOG.warning("discovery file %s cannot be used: %s; remedy: %s", path, after.fault, _REMEDY)
    elif before.fault is not None and after.fault is None:
        LOG.info("discovery file %s is in use again", path)
