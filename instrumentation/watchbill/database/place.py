"""Where in the application a query comes from: the nearest frame that belongs to no library."""

import sys
from functools import lru_cache
from inspect import currentframe
from pathlib import Path
from sysconfig import get_paths
from types import FrameType
from typing import NamedTuple

import watchbill
from watchbill.http.current import CURRENT

_DEEPEST = 500
_OURS = str(Path(watchbill.__file__).parent)
_LIBRARIES = tuple({f"{get_paths()[name]}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_LOOPS = tuple(f"{get_paths()['stdlib']}/asyncio/{name}.py" for name in ("events", "base_events", "runners"))
_PACKAGES = ("/site-packages/", "/dist-packages/")
_DRIVERS = (
    "sqlalchemy", "sqlmodel", "greenlet", "asyncpg", "psycopg", "psycopg_pool", "psycopg2", "aiosqlite", "pymysql",
    "aiomysql", "asyncmy", "MySQLdb", "oracledb", "pyodbc", "starlette", "fastapi", "uvicorn", "gunicorn", "anyio",
    "uvloop", "opentelemetry", "sentry_sdk", "structlog", "pydantic", "celery", "kombu", "arq", "taskiq",
)  # fmt: skip


class Place(NamedTuple):
    """A line of the application's code."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}"


UNKNOWN = Place("", 0, "")


def here() -> Place:
    """The nearest frame of the application; else the endpoint of the request, else UNKNOWN.

    An application that is itself installed as a package is found behind the libraries that lead to databases. Of
    SQLAlchemy's asyncio the frames that await are looked at too. What is beneath the event loop is no part of it.
    """
    frame = currentframe()
    installed: FrameType | None = None
    parent = _parent_of_greenlet()
    for _ in range(_DEEPEST):
        kind = "end" if frame is None else _kind_of(frame.f_code.co_filename)
        if frame is None or kind == "end":
            if parent is None:
                break
            frame, parent = parent, None
            continue
        if kind == "application":
            return _place(frame)
        if kind == "installed" and installed is None:
            installed = frame
        frame = frame.f_back
    return _endpoint() if installed is None else _place(installed)


def _endpoint() -> Place:
    """Of the request that is served: who awaits a task cannot be seen in it."""
    exchange = CURRENT.get()
    endpoint = None if exchange is None else exchange.routed.get("endpoint")
    code = getattr(endpoint, "__code__", None)
    return UNKNOWN if code is None else Place(_shown(code.co_filename), code.co_firstlineno, code.co_qualname)


def _place(frame: FrameType) -> Place:
    code = frame.f_code
    return Place(_shown(code.co_filename), frame.f_lineno, code.co_qualname)


def _parent_of_greenlet() -> FrameType | None:
    """The frames of whoever switched into the running greenlet, as SQLAlchemy's asyncio does."""
    greenlet = sys.modules.get("greenlet")
    if greenlet is None:
        return None
    parent = greenlet.getcurrent().parent
    found: FrameType | None = None if parent is None else parent.gr_frame
    return found


@lru_cache(4_096)
def _kind_of(filename: str) -> str:
    if filename.startswith(_LOOPS):
        return "end"
    if filename.startswith((_OURS, "<")):
        return "library"
    inside = next((filename.rpartition(part)[2] for part in _PACKAGES if part in filename), None)
    if inside is not None:
        return "library" if inside.startswith(tuple(f"{name}/" for name in _DRIVERS)) else "installed"
    return "library" if filename.startswith(_LIBRARIES) else "application"


@lru_cache(4_096)
def _shown(filename: str) -> str:
    """Relative to where the process was started, where it is below that."""
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename
