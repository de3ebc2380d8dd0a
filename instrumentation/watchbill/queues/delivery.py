"""One delivery of a message to a worker."""

from time import perf_counter, time

from opentelemetry.trace import SpanContext

from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    LOST,
    RETRIED,
    REVOKED,
    STARTED,
    SUCCEEDED,
)
from watchbill.fault import Faults
from watchbill.queues.series import Lane, QueueSeries, Track, Work
from watchbill.traces.deliveries import DeliverySpan
from watchbill.traces.ids import exemplar

Attributes = dict[str, str | int | float | bool]

FINAL = frozenset({SUCCEEDED, FAILED, DEAD_LETTERED, REVOKED})
_ELSEWHERE = ""
_TOLERANCE_SECONDS = 0.01
"""Times in messages are rounded, some to milliseconds: no clock is wrong because of that."""


class Delivery:
    """From when a worker begins a message to when it is done with it, for whatever reason; the first end counts.

    Made by `Traffic.deliver`. Nothing of it raises. While it lasts its span is current.
    """

    __slots__ = (
        "_attempt",
        "_attributes",
        "_began",
        "_faults",
        "_lane",
        "_series",
        "_span",
        "_track",
        "_work",
        "ended",
    )

    def __init__(
        self,
        series: QueueSeries | None,
        faults: Faults,
        track: Track | None,
        lane: Lane | None,
        attempt: int,
    ) -> None:
        self._series = series
        self._faults = faults
        self._track = track
        self._lane = lane
        self._attempt = attempt
        self._work: Work | None = None
        self._span: DeliverySpan | None = None
        self._attributes: Attributes = {}
        self._began = 0.0
        self.ended = False

    @property
    def context(self) -> SpanContext | None:
        """The ids of its span."""
        return self._span.context if self._span is not None else None

    def spanned(self, span: DeliverySpan, attributes: Attributes) -> None:
        """Ends this span with it."""
        self._span, self._attributes = span, attributes

    def begin(self, due: float | None) -> None:
        """The worker begins now, and could have begun when the message was due (Unix time in seconds)."""
        self._began = perf_counter()
        track = self._track
        if track is None:
            return
        work = track.work
        track.messages[STARTED].inc()
        work.running.inc()
        self._work = work
        lane = self._lane
        if lane is not None:
            lane.messages[STARTED].inc()
            lane.running.inc()
        if due is not None:
            wait = time() - due
            if wait < 0.0:
                if wait < -_TOLERANCE_SECONDS:
                    work.skew.inc()
                wait = 0.0
            work.wait.observe(wait)

    def succeeded(self) -> None:
        """Done."""
        self._end(SUCCEEDED)

    def failed(self, error: BaseException | None = None) -> None:
        """Not done, and it will not come again."""
        self._end(FAILED, error)

    def retried(self, error: BaseException | None = None) -> None:
        """Not done, and the message will come again."""
        self._end(RETRIED, error)

    def dead_lettered(self, reason: str, error: BaseException | None = None) -> None:
        """Given up after the last attempt, or refused."""
        self._end(DEAD_LETTERED, error, reason)

    def revoked(self) -> None:
        """Taken back while it ran."""
        self._end(REVOKED)

    def lost(self) -> None:
        """Its worker died, or let go of it."""
        self._end(LOST)

    def left(self) -> None:
        """Its process is about to end, and another one says how the delivery ended."""
        self._end(_ELSEWHERE)

    def _end(self, status: str, error: BaseException | None = None, reason: str = "") -> None:
        if self.ended:
            return
        self.ended = True
        try:
            if self._work is not None:
                self._count(self._work, status, reason)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._faults.report("queues", failure)
        try:
            if self._span is not None:
                self._span.end(self._attributes, error)
        except Exception as failure:  # noqa: BLE001  as above
            self._faults.report("queues", failure)

    def _count(self, work: Work, status: str, reason: str) -> None:
        track, lane, span = self._track, self._lane, self._span
        assert track is not None  # noqa: S101  there is no work without it
        work.running.dec()
        if lane is not None:
            lane.running.dec()
        if status == _ELSEWHERE:
            return
        marked = exemplar(span.context) if span is not None and span.span.is_recording() else None
        work.duration.observe(perf_counter() - self._began, marked)
        track.messages[status].inc()
        if lane is not None:
            lane.messages[status].inc()
        if status in FINAL:
            work.attempts.observe(self._attempt)
        if reason and self._series is not None:
            self._series.dead_letter(track, reason)
