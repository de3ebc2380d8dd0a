"""The processors every log line passes, whether it came from structlog or from the standard library."""

import json
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from watchbill.logs.config import Output, Style
from watchbill.logs.failed_request import failed_in
from watchbill.logs.scrubbing import scrub
from watchbill.logs.secrets import redact
from watchbill.traces.ids import KEYS, TRACE_ID, ids

Event = MutableMapping[str, Any]

_EXTRA = structlog.stdlib.ExtraAdder()
_KEPT = ("timestamp", "level", "logger", "event", *KEYS)


class Line:
    """structlog's innermost logger: it has a name, and its methods write what they are given."""

    __slots__ = ("_output", "name")

    def __init__(self, output: Output, name: str) -> None:
        self._output = output
        self.name = name

    def msg(self, line: str) -> None:
        """Writes a rendered line; what cannot be written harms nobody."""
        try:
            self._output.write(line)
        except Exception as error:  # noqa: BLE001  never into the application
            self._output.lost(error)

    log = debug = info = warn = warning = error = critical = exception = fatal = msg


def add_ids(_logger: object, _method: str, event: Event) -> Event:
    """Adds the ids of the current span, or of the request that the line's error ended, unless it brings its own."""
    if TRACE_ID not in event:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid and event.get("exc_info"):
            context = failed_in(event) or context
        if context.is_valid:
            event.update(ids(context))
    return event


def add_name(logger: object, _method: str, event: Event) -> Event:
    """Adds the name the logger was asked for by."""
    record = event.get("_record")
    name = getattr(logger, "name", "") if record is None else record.name
    if name:
        event.setdefault("logger", name)
    return event


def drop_echoes(_logger: object, _method: str, event: Event) -> Event:
    """The text once more: in colour by uvicorn, formatted by another handler before ours."""
    for name in ("color_message", "message", "asctime"):
        event.pop(name, None)
    return event


def add_extra(logger: Any, method: str, event: Event) -> Event:
    """Adds what the standard library's `extra` holds; an `event` in it does not replace the line's text."""
    text = event["event"]
    event = _EXTRA(logger, method, event)
    if event["event"] is not text:
        event["extra_event"], event["event"] = event["event"], text
    return event


def gathering() -> list[Processor]:
    """What is added to a line before it is rendered."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        add_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_ids,
    ]


def rendering(style: Style) -> Processor:
    """How a line becomes text; one with a value that has no text loses its fields, and the application goes on."""
    processors = _rendering(style)

    def render(logger: Any, method: str, event: Event) -> str:
        kept = {name: event[name] for name in _KEPT if isinstance(event.get(name), str)}
        found: Any = event
        try:
            for processor in processors:
                found = processor(logger, method, found)
        except Exception as error:  # noqa: BLE001  never into the application
            clean = {name: redact(text) for name, text in kept.items()}
            return json.dumps(clean | {"unwritable": type(error).__qualname__})
        return str(found)

    return render


def _rendering(style: Style) -> list[Processor]:
    """Local variables of a traceback are never written, and it is text or frames before it is scrubbed."""
    if style == "console":
        plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        traceback = structlog.processors.format_exc_info
        return [structlog.processors.StackInfoRenderer(), traceback, scrub, plain]
    frames = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    return [structlog.processors.StackInfoRenderer(), frames, scrub, structlog.processors.JSONRenderer()]
