"""What `Observability.auto` instruments: every library that the application uses, in all of its objects."""

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NamedTuple

from watchbill.attachments import Attachments
from watchbill.errors import WatchbillError
from watchbill.fault import Faults
from watchbill.report import Entry


class Library(NamedTuple):
    """One that can be instrumented; `instead` says how where that takes an object of the application's."""

    name: str
    oldest: tuple[int, ...]
    instead: str = ""


_WRAPPED = "wrap each cache: obs.wrap_cache(cache, name=…)"
LIBRARIES = (
    Library("redis", (5,)),
    Library("valkey", (6,)),
    Library("sqlalchemy", (2,)),
    Library("asyncpg", (0, 30)),
    Library("psycopg", (3, 2)),
    Library("httpx", (0, 27)),
    Library("celery", (5, 4)),
    Library("arq", (0, 25)),
    Library("taskiq", (0, 11), instead="give each broker: obs.taskiq(broker)"),
    Library("cachetools", (5, 3), instead=_WRAPPED),
    Library("cashews", (7,), instead=_WRAPPED),
    Library("aiocache", (0, 12), instead=_WRAPPED),
)


class Auto:
    """Instruments what is imported, notes why the rest is not, and looks again when it is asked to. Never raises."""

    def __init__(self, attachments: Attachments, faults: Faults, verb: Callable[[str], Callable[[], Any]]) -> None:
        self._attachments = attachments
        self._faults = faults
        self._verb = verb
        self._found: set[str] = set()

    def run(self) -> None:
        """One look at every library."""
        self._found.clear()
        self.look_again()

    def look_again(self) -> None:
        """At those that were not there before: what was taken out since stays out."""
        for library in LIBRARIES:
            if library.name in self._found:
                continue
            try:
                self._look(library)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("auto", error)
                self._note(library, "failed", f"{type(error).__name__}; the log has its traceback")

    def _look(self, library: Library) -> None:
        name = library.name
        if library.instead:
            # What was instrumented by hand speaks for itself.
            if name in sys.modules and not self._attachments.of_kind(name):
                self._note(library, "off", library.instead)
            elif name not in sys.modules:
                self._absent(library)
        elif name not in sys.modules:
            self._absent(library)
        elif (found := _version(library)) is not None and found < library.oldest:
            oldest = ".".join(map(str, library.oldest))
            self._note(library, "off", f"version {'.'.join(map(str, found))} is not supported: {oldest} or later is")
        else:
            self._attach(library)

    def _attach(self, library: Library) -> None:
        self._found.add(library.name)
        before = self._attachments.of_kind(library.name)
        if any(isinstance(one.target, type | ModuleType) for one in before):
            return
        try:
            self._verb(library.name)()
        except WatchbillError as error:
            self._note(library, "failed", str(error))
            return
        for attachment in self._attachments.of_kind(library.name):
            if attachment not in before:
                # A verb that is called later knows more: names, upstreams.
                self._attachments.yields(attachment)

    def _absent(self, library: Library) -> None:
        if _is_installed(library.name):
            self._note(library, "off", "not imported so far; looked for again when the application starts")
        else:
            self._note(library, "off", f'not installed: pip install "watchbill[{library.name}]"')

    def _note(self, library: Library, state: Any, reason: str) -> None:
        self._attachments.forget(library.name)
        self._attachments.note(library.name, Entry(library.name, state, reason))


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(library: Library) -> tuple[int, ...] | None:
    """As installed; None where nothing says so."""
    try:
        text = version(library.name)
    except PackageNotFoundError:
        return None
    parts = text.split(".")
    return tuple(int(part) for part in parts[: len(library.oldest)] if part.isdigit())
