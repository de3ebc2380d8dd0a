"""taskiq: messages that a broker sends and works on, by a middleware of ours.

When a message is due is among its labels on the way, and taken out before the task sees them; its trace stays there.
"""

import sys
from contextvars import ContextVar
from time import time
from typing import Any, NamedTuple, cast

from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.queues.envelope import DUE, due_of
from watchbill.queues.poller import Poller
from watchbill.queues.publication import Publication
from watchbill.queues.redis_state import RedisState
from watchbill.queues.source import Source
from watchbill.queues.taskiq_run import REQUEUES, RETRIES, RUNNING, TaskiqRun, number
from watchbill.queues.taskiq_source import TaskiqListSource, TaskiqStreamSource
from watchbill.queues.traffic import Traffic
from watchbill.report import Entry

SYSTEM = "taskiq"
_QUEUE, _DELAY, _PRIORITY = "queue_name", "delay", "priority"
_DEEPEST = 100
_DELAYLESS = ("taskiq_redis.", "taskiq.brokers.")
"""Brokers that send at once, whatever the label says."""


class _Sending(NamedTuple):
    """A message between its first and its last middleware.

    `before` is one whose sending it is part of, or one that its broker did not take, which nobody tells us.
    """

    message_id: str
    publication: Publication
    before: "_Sending | None"
    depth: int


_SENDING: "ContextVar[_Sending | None]" = ContextVar("watchbill_taskiq_sending", default=None)


class TaskiqAttachment:
    """Our part in one broker."""

    kind = "taskiq"

    def __init__(self, ground: Ground, broker: Any) -> None:
        taskiq = required("taskiq", needed_by="obs.taskiq()")
        if not is_a(broker, taskiq.AsyncBroker):
            given = f"{type(broker).__name__} is no broker of taskiq; give the broker itself"
            raise InvalidDeclaration("taskiq(broker)", [given])
        self.target: object = broker
        self._broker = broker
        self._faults = ground.faults
        self._traffic = Traffic(ground, SYSTEM)
        self._poller = Poller.of(ground)
        self._delays = not type(broker).__module__.startswith(_DELAYLESS)
        self._middleware: Any = None
        self._sources: list[Source] = []

    def attach(self) -> None:
        """Puts it in."""
        # The last middleware: what fails in others has failed before a delivery begins.
        self._middleware = _middleware(self)
        self._broker.add_middlewares(self._middleware)
        for name in self._broker.get_all_tasks():
            self._traffic.known(self._queue({}), name)
        self._sources = _sources_of(self._broker) if self._poller is not None else []
        for source in self._sources:
            if self._poller is not None:
                self._poller.add(source)

    def detach(self) -> None:
        """Takes it out."""
        self._broker.middlewares[:] = [one for one in self._broker.middlewares if one is not self._middleware]
        for source in self._sources:
            if self._poller is not None:
                self._poller.remove(source.name)

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry("taskiq", "on", "messages are counted when they are sent and when they are worked on")

    def sending(self, message: Any) -> None:
        """A message is about to be sent."""
        try:
            labels, run = message.labels, RUNNING.get()
            again = bool(number(labels.get(RETRIES)))
            if run is not None and run.message_id == message.task_id:
                run.sent_again = again = True
            headers: dict[str, str] = {}
            publication = self._traffic.send(
                self._queue(labels),
                message.task_name,
                headers,
                due=self._due(labels),
                priority=_priority(labels),
                message_id=message.task_id,
            )
            labels.update(headers)
            if again:
                publication.repeats()
            before = _SENDING.get()
            if before is not None and before.depth >= _DEEPEST:
                before = None
            depth = 0 if before is None else before.depth + 1
            _SENDING.set(_Sending(message.task_id, publication, before, depth))
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def sent(self, message: Any) -> None:
        """The broker has it."""
        sending = _SENDING.get()
        # Those in between were not sent: their broker failed.
        while sending is not None and sending.message_id != message.task_id:
            sending = sending.before
        if sending is not None:
            _SENDING.set(sending.before)
            sending.publication.sent()

    def begin(self, message: Any) -> None:
        """A worker begins a message."""
        try:
            labels = message.labels
            due = due_of(labels)
            labels.pop(DUE, None)
            delivery = self._traffic.deliver(
                self._queue(labels),
                message.task_name,
                labels,
                due=due,
                attempt=1 + number(labels.get(RETRIES)) + number(labels.get(REQUEUES)),
                priority=_priority(labels),
                message_id=message.task_id,
            )
            TaskiqRun(delivery, message.task_id, labels)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def failed(self, message: Any, error: BaseException) -> None:
        """A task's function has raised."""
        run = RUNNING.get()
        if run is not None and run.message_id == message.task_id:
            run.error = error

    def end(self, message: Any, result: Any) -> None:
        """A worker is done with a message."""
        try:
            run = RUNNING.get()
            if run is not None and run.message_id == message.task_id:
                run.end(message.labels, result)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def _queue(self, labels: dict[str, Any]) -> str:
        return str(labels.get(_QUEUE) or getattr(self._broker, _QUEUE, "") or SYSTEM)

    def _due(self, labels: dict[str, Any]) -> float | None:
        delay = labels.get(_DELAY) if self._delays else None
        if delay is None:
            return None
        try:
            return time() + float(delay)
        except (TypeError, ValueError):
            return None


def _middleware(attachment: TaskiqAttachment) -> Any:
    from taskiq import TaskiqMessage, TaskiqMiddleware, TaskiqResult

    class WatchbillMiddleware(TaskiqMiddleware):
        """Passes everything on as it is."""

        def pre_send(self, message: TaskiqMessage) -> TaskiqMessage:
            attachment.sending(message)
            return message

        def post_send(self, message: TaskiqMessage) -> None:
            attachment.sent(message)

        def pre_execute(self, message: TaskiqMessage) -> TaskiqMessage:
            attachment.begin(message)
            return message

        def on_error(
            self,
            message: TaskiqMessage,
            result: TaskiqResult[Any],  # noqa: ARG002  taskiq gives it
            exception: BaseException,
        ) -> None:
            attachment.failed(message, exception)

        def post_execute(self, message: TaskiqMessage, result: TaskiqResult[Any]) -> None:
            attachment.end(message, result)

    return WatchbillMiddleware()


def _sources_of(broker: Any) -> list[Source]:
    """What can be read of a broker: taskiq-redis' lists and streams, unless in a cluster or behind Sentinels."""
    module = sys.modules.get("taskiq_redis")
    pool = getattr(broker, "connection_pool", None)
    state = RedisState.of(pool) if module is not None and pool is not None else None
    if module is None or state is None:
        return []
    if is_a(broker, module.ListQueueBroker):
        return [TaskiqListSource(state, broker.queue_name, lambda raw: _labels_of(broker, raw))]
    if is_a(broker, module.RedisStreamBroker):
        names = [broker.queue_name, *broker.additional_streams]
        return [TaskiqStreamSource(state, name, broker.consumer_group_name) for name in names]
    return []


def _labels_of(broker: Any, raw: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", broker.formatter.loads(message=raw).labels)


def _priority(labels: dict[str, Any]) -> str:
    priority = labels.get(_PRIORITY)
    return "" if priority is None else str(priority)
