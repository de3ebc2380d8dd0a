"""One message on its way to a queue."""

from opentelemetry.trace import Span

from watchbill.catalogue.queue import PUBLISHED
from watchbill.fault import Faults
from watchbill.queues.delivery import Attributes
from watchbill.queues.series import QueueSeries
from watchbill.totals import totals
from watchbill.traces.calls import CallSpan
from watchbill.traces.current import get_current
from watchbill.traces.propagation import inject
from watchbill.traces.server_span import CURRENT_SPAN


class Publication:
    """From before a message is sent to after. Made by `Traffic.send`. Nothing of it raises."""

    __slots__ = ("_again", "_attributes", "_faults", "_priority", "_queue", "_series", "_span", "_task")

    def __init__(self, series: QueueSeries | None, faults: Faults, queue: str, task: str, priority: str) -> None:
        self._series = series
        self._faults = faults
        self._queue = queue
        self._task = task
        self._priority = priority
        self._again = False
        self._span: CallSpan | None = None
        self._attributes: Attributes = {}

    def spanned(self, span: CallSpan, attributes: Attributes) -> None:
        """Ends this span with it."""
        self._span, self._attributes = span, attributes

    def inject(self, headers: dict[str, str]) -> None:
        """Writes the trace: that of its span, or of whatever is current."""
        if self._span is not None:
            inject(headers, self._span.context)
            return
        current = get_current()
        span = current.get(CURRENT_SPAN)
        context = span.get_span_context() if isinstance(span, Span) else None
        if context is not None and context.is_valid:
            inject(headers, context)
        elif current:
            # There may be baggage, which the propagator knows how to write.
            inject(headers)

    def repeats(self) -> None:
        """The message has been in the queue before, and is not counted as published again."""
        self._again = True

    def sent(self) -> None:
        """The queue has it."""
        try:
            series = self._series
            if series is not None and not self._again:
                series.track(self._queue, self._task).messages[PUBLISHED].inc()
                if self._priority:
                    series.lane(self._queue, self._priority).messages[PUBLISHED].inc()
            account = totals()
            if account is not None:
                account.messages += 1
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
        self._end(None)

    def failed(self, error: BaseException) -> None:
        """The queue does not have it."""
        self._end(error)

    def dropped(self) -> None:
        """Nothing was sent: the queue had the same message already. There is no span of it."""
        self._span = None

    def _end(self, error: BaseException | None) -> None:
        if self._span is None:
            return
        try:
            self._span.end(self._attributes, error)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._faults.report("queues", failure)
