"""What one library tells of its messages: where integrations begin publications and deliveries."""

from collections.abc import Mapping, Sequence
from time import time

from opentelemetry.propagate import get_global_textmap
from opentelemetry.trace import SpanContext, SpanKind

from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.queues.delivery import FINAL, Attributes, Delivery
from watchbill.queues.envelope import DUE
from watchbill.queues.publication import Publication
from watchbill.queues.series import QueueSeries
from watchbill.traces.propagation import extract
from watchbill.traces.traceparent import HEADER, is_w3c

SYSTEM = "messaging.system"
DESTINATION = "messaging.destination.name"
OPERATION = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
MESSAGE_ID = "messaging.message.id"
BATCH = "messaging.batch.message_count"
FUNCTION = "code.function.name"
"""The task: semantic conventions have no name for it among messages."""

_MOST_LINKS = 128
"""As many as the SDK keeps of a span by default."""


class Traffic:
    """Messages of one library; `system` is what its spans call it. Nothing of it raises.

    Numbers of all libraries in one Observability share their series. Thread-safe.
    """

    def __init__(self, ground: Ground, system: str) -> None:
        self.series = QueueSeries.of(ground.emission)
        self._faults = ground.faults
        self._calls = ground.calls
        self._deliveries = ground.deliveries
        self._system = system

    def known(self, queue: str, task: str) -> None:
        """Shows a queue and task at zero, so that the first increase is seen."""
        try:
            if self.series is not None:
                self.series.track(queue, task)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def send(
        self,
        queue: str,
        task: str,
        headers: dict[str, str],
        *,
        due: float | None = None,
        priority: str = "",
        message_id: str = "",
    ) -> Publication:
        """A message is about to be sent: writes into headers when it is due (now, where none is given), and its trace.

        Say `sent` or `failed` of what is returned.
        """
        publication = Publication(self.series, self._faults, queue, task, priority)
        try:
            headers[DUE] = f"{time() if due is None else due:.6f}"
            span = None if self._calls is None else self._calls.begin(f"send {queue}", SpanKind.PRODUCER)
            if span is not None:
                publication.spanned(span, self._attributes("send", queue, task, message_id))
            if self._deliveries is not None:
                publication.inject(headers)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
        return publication

    def deliver(
        self,
        queue: str,
        task: str,
        headers: Mapping[str, str] | None = None,
        *,
        due: float | None = None,
        attempt: int = 1,
        priority: str = "",
        message_id: str = "",
        spanned: bool = True,
    ) -> Delivery:
        """A worker begins a message now. Its trace is in the headers; without `due` no wait is observed."""
        delivery = self._begun(queue, task, due, attempt, priority)
        try:
            if self._deliveries is not None and spanned:
                span = self._deliveries.begin(f"process {task}", _carrier(headers) if headers else None)
                attributes = self._attributes("process", queue, task, message_id) if span.span.is_recording() else {}
                delivery.spanned(span, attributes)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
        return delivery

    def _begun(self, queue: str, task: str, due: float | None, attempt: int, priority: str) -> Delivery:
        series, faults = self.series, self._faults
        if series is None:
            return Delivery(None, faults, None, None, attempt)
        try:
            lane = series.lane(queue, priority) if priority else None
            delivery = Delivery(series, faults, series.track(queue, task), lane, attempt)
            delivery.begin(due)
        except Exception as error:  # noqa: BLE001  never into the application
            faults.report("queues", error)
            return Delivery(None, faults, None, None, attempt)
        return delivery

    def batch(self, queue: str, messages: Sequence[Mapping[str, str]]) -> Delivery:
        """A worker begins several messages together: their number, and one span with a link to each trace."""
        together = Delivery(None, self._faults, None, None, 1)
        try:
            if self.series is not None:
                self.series.batch(queue, len(messages))
            if self._deliveries is not None:
                span = self._deliveries.begin(f"process {queue}")
                if span.span.is_recording():
                    for context in filter(None, map(_span_of, messages[:_MOST_LINKS])):
                        span.span.add_link(context)
                attributes = self._attributes("process", queue, "", "")
                together.spanned(span, {**attributes, BATCH: len(messages)})
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
        return together

    def ended_elsewhere(
        self,
        queue: str,
        task: str,
        status: str,
        *,
        reason: str = "",
        priority: str = "",
        seconds: float | None = None,
        attempt: int = 0,
    ) -> None:
        """A message ended without a delivery in this process, by one of the catalogue's statuses.

        Such as one that was refused or taken back before any worker began it, or whose worker was killed, which is
        when `seconds` says how long that worked on it, and `attempt` which delivery it was.
        """
        series = self.series
        if series is None:
            return
        try:
            track = series.track(queue, task)
            track.messages[status].inc()
            if priority:
                series.lane(queue, priority).messages[status].inc()
            if seconds is not None:
                track.work.duration.observe(seconds)
            if attempt and status in FINAL:
                track.work.attempts.observe(attempt)
            if reason:
                series.dead_letter(track, reason)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def _attributes(self, operation: str, queue: str, task: str, message_id: str) -> Attributes:
        found: Attributes = {
            SYSTEM: self._system,
            DESTINATION: queue,
            OPERATION: operation,
            OPERATION_TYPE: operation,
        }
        if task:
            found[FUNCTION] = task
        if message_id:
            found[MESSAGE_ID] = message_id
        return found


def _carrier(headers: Mapping[str, str]) -> Mapping[str, str] | None:
    """What names the trace in headers that hold more: a lone `traceparent` is read several times as fast."""
    if "tracestate" in headers or "baggage" in headers:
        return _texts(headers)
    parent: object = headers.get(HEADER)
    if isinstance(parent, str):
        return {HEADER: parent}
    return None if is_w3c(get_global_textmap()) else _texts(headers)


def _texts(headers: Mapping[str, str]) -> dict[str, str]:
    """Without what a broker, or a stranger, has put beside ours."""
    return {name: value for name, value in headers.items() if is_a(value, str)}


def _span_of(headers: Mapping[str, str]) -> SpanContext | None:
    carrier = _carrier(headers)
    return extract(carrier)[1] if carrier else None
