"""Sending ended spans from a thread of our own: bounded, counted where lost, and alive again after a fork."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Event, Thread
from time import monotonic

from opentelemetry import context as otel_context
from opentelemetry.context import (
    _SUPPRESS_INSTRUMENTATION_KEY as SUPPRESSED,  # pyright: ignore[reportPrivateUsage]  what every exporter sets
)
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from watchbill.catalogue.tracing import CLOSED, EXPORT_FAILED, QUEUE_FULL
from watchbill.forked import in_child
from watchbill.traces.otlp import Encoded, Encoder
from watchbill.traces.transport import NotTaken, Transport

LEAVING_SECONDS = 5.0
"""How long a shutdown waits for the collector."""

_FIRST_PAUSE_SECONDS = 1.0


class Sender(SpanProcessor):
    """Hands batches to a transport; a span that finds `most` others waiting is lost, counted as queue_full.

    `lose` is told how many spans were lost and why, `failed` what became of a batch that was given up. `make` gives
    the transport, and another one in a forked child, whose parent keeps what waited. `delay` and `timeout` are in
    seconds; the latter is for all attempts at one batch.
    """

    def __init__(
        self,
        make: Callable[[], Transport],
        *,
        lose: Callable[[str, int], None],
        failed: Callable[[Exception, int], None],
        most: int = 2048,
        batch: int = 512,
        delay: float = 5.0,
        timeout: float = 5.0,
    ) -> None:
        self._make = make
        self._transport: Transport | None = make()
        self._lose = lose
        self._failed = failed
        self._most = most
        self._batch = batch
        self._delay = delay
        self._timeout = timeout
        self._encoder = Encoder()
        self._closed = False
        self._waiting: deque[Encoded] = deque()
        self._due = Event()
        self._leaving = Event()
        self._quiet = Condition()
        self._sending = False
        self._thread: Thread | None = None
        in_child(self._forked)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing."""

    def on_end(self, span: ReadableSpan) -> None:
        """Takes a sampled span; never waits."""
        context = span.get_span_context()
        if context is None or not context.trace_flags & 1:
            return
        waiting = len(self._waiting)
        if self._closed or waiting >= self._most:
            self._lose(CLOSED if self._closed else QUEUE_FULL, 1)
            return
        try:
            self._waiting.append(self._encoder.span(span))
        except Exception as error:  # noqa: BLE001  an application's span with what no message holds
            self._lose(EXPORT_FAILED, 1)
            self._failed(error, 1)
            return
        if self._thread is None:
            self._start()
        if waiting + 1 >= self._batch and not self._due.is_set():
            self._due.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether all that waited was handed over, sent or lost, within the time."""
        deadline = monotonic() + timeout_millis / 1000
        with self._quiet:
            while (self._waiting or self._sending) and self._thread is not None:
                self._due.set()
                # A span that comes later wakes nobody here: look again soon.
                self._quiet.wait(0.05)
                if monotonic() >= deadline:
                    return False
        return True

    def shutdown(self) -> None:
        """Sends what is left, as long as the first attempt succeeds and for no more than LEAVING_SECONDS."""
        if self._closed:
            return
        self._closed = True
        self._leaving.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join(LEAVING_SECONDS)
        self._abandon()
        if self._transport is not None:
            self._transport.interrupt()

    def _start(self) -> None:
        with self._quiet:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="watchbill-spans", daemon=True)
                self._thread.start()

    def _forked(self) -> None:
        """The child has neither the thread nor its locks, and its parent sends what waited."""
        self._waiting = deque()
        self._due, self._leaving, self._quiet = Event(), Event(), Condition()
        self._transport = self._thread = None
        self._sending = False

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(SUPPRESSED, True))
        while not self._closed:
            self._due.wait(self._delay)
            self._due.clear()
            self._send_all()
        # What came between the last batch and the shutdown.
        self._send_all()
        if self._transport is not None:
            self._transport.close()

    def _send_all(self) -> None:
        while self._waiting:
            if not self._send() and self._closed:
                self._abandon()

    def _send(self) -> bool:
        self._sending = True
        sent = False
        try:
            batch = self._taken(self._batch)
            if (error := self._attempts(batch)) is None:
                sent = True
            else:
                self._lose(EXPORT_FAILED, len(batch))
                self._failed(error, len(batch))
        finally:
            with self._quiet:
                self._sending = False
                self._quiet.notify_all()
        return sent

    def _attempts(self, batch: list[Encoded]) -> Exception | None:
        """Why a batch was given up; None when it was taken."""
        deadline, pause = monotonic() + self._timeout, _FIRST_PAUSE_SECONDS
        try:
            body = self._encoder.request(batch)
            if self._transport is None:
                self._transport = self._make()
            while True:
                try:
                    self._transport.send(body, max(0.1, deadline - monotonic()))
                except NotTaken as error:
                    # A collector that asks for an attempt at once, again and again, would cost a processor.
                    wanted = max(pause, error.after or 0)
                    if not error.temporary or monotonic() + wanted >= deadline or self._leaving.wait(wanted):
                        return error
                    pause *= 2
                else:
                    return None
        except Exception as error:  # noqa: BLE001  the thread has to live on
            return error

    def _abandon(self) -> None:
        """What is still there when time is up, or after the collector failed once at the end."""
        left = len(self._taken(self._most))
        if left:
            self._lose(CLOSED, left)

    def _taken(self, most: int) -> list[Encoded]:
        """The oldest that wait; the thread and a shutdown that ran out of time may both be taking."""
        found: list[Encoded] = []
        with suppress(IndexError):
            while len(found) < most:
                found.append(self._waiting.popleft())
        return found
