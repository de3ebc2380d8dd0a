"""Putting our chain in place of structlog's and the standard library's configuration, and taking it out again."""

import logging
import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

import structlog

from watchbill.environment import Level
from watchbill.logs.chain import Line, add_extra, drop_echoes, gathering, rendering
from watchbill.logs.config import Output, Style

UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")
_ACCESS = "uvicorn.access"
_LOCK = Lock()
_IN_PLACE: list["Pipeline"] = []


class Pipeline:
    """Log configuration of one process; at most one is in place."""

    def __init__(self, *, style: Style, level: Level, output: Output, replaces_access_log: bool) -> None:
        self.output = output
        self.threshold = logging.getLevelNamesMapping()[level]
        self._style: Style = style
        self._level = level
        self._replaces_access_log = replaces_access_log
        self._undo: list[Callable[[], object]] = []

    @property
    def installed(self) -> bool:
        """Whether this pipeline is the one in place."""
        return self in _IN_PLACE

    @property
    def takes_json(self) -> bool:
        """Whether a line may be written as JSON without asking structlog how."""
        return self._style == "json"

    def install(self) -> str:
        """Puts the pipeline in place, once; the reason in words when something else is there and stays."""
        with _LOCK:
            if self in _IN_PLACE:
                return ""
            if _IN_PLACE:
                return "set up by another Observability of this process"
            if structlog.is_configured():
                return "structlog is configured by the application and stays as it is"
            _IN_PLACE.append(self)
        self._install_structlog()
        self._install_root()
        self.adopt_uvicorn()
        return ""

    def remove(self) -> None:
        """Restores what was there before."""
        with _LOCK:
            if self not in _IN_PLACE:
                return
            _IN_PLACE.remove(self)
        while self._undo:
            self._undo.pop()()

    def adopt_uvicorn(self) -> None:
        """Leads uvicorn's lines through the chain; called again at start-up, for uvicorn configures logging late."""
        if not self.installed:
            return
        for name in UVICORN:
            logger = logging.getLogger(name)
            if logger.handlers or not logger.propagate:
                self._undo.append(_restoring(logger))
                logger.handlers, logger.propagate = [], True
        access = logging.getLogger(_ACCESS)
        if self._replaces_access_log and not access.disabled:
            self._undo.append(lambda: setattr(access, "disabled", False))
            access.disabled = True

    def _install_structlog(self) -> None:
        output = self.output
        structlog.configure(
            processors=[*gathering(), rendering(self._style)],
            wrapper_class=structlog.make_filtering_bound_logger(self._level.lower()),
            logger_factory=lambda *names: Line(output, str(names[0]) if names else ""),
            # A cached logger would keep this configuration after it is taken out.
            cache_logger_on_first_use=False,
        )
        self._undo.append(structlog.reset_defaults)

    def _install_root(self) -> None:
        root = logging.getLogger()
        self._undo.append(_restoring(root))
        kept = [handler for handler in root.handlers if not _prints(handler)]
        root.handlers = [*kept, _handler(self._style, self.output)]
        root.setLevel(self._level)


def in_place() -> Pipeline | None:
    """The pipeline that this process logs through, whichever Observability it is from."""
    return _IN_PLACE[0] if _IN_PLACE else None


def restore() -> None:
    """Takes out whichever pipeline is in place."""
    for pipeline in _IN_PLACE:
        pipeline.remove()


class _OutputHandler(logging.Handler):
    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._output.write(self.format(record))
        except Exception:  # noqa: BLE001  logging's own way to tell
            self.handleError(record)


def _handler(style: Style, output: Output) -> logging.Handler:
    handler = _OutputHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[add_extra, *gathering(), drop_echoes],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendering(style)],
        )
    )
    return handler


def _prints(handler: logging.Handler) -> bool:
    """Whether a handler writes to the terminal, where it would print every line a second time."""
    if type(handler) is not logging.StreamHandler:
        return False
    stream: Any = handler.stream  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  any stream
    return stream in {sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__}


def _restoring(logger: logging.Logger) -> Callable[[], None]:
    handlers, propagate, level = list(logger.handlers), logger.propagate, logger.level

    def put_back() -> None:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)

    return put_back
