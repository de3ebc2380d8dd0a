"""A Celery application's messages as they are published and worked on."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any
from weakref import WeakSet

from opentelemetry import propagate, trace

from watchbill.catalogue.queue import LOST
from watchbill.ground import Ground
from watchbill.integrations.celery_journal import Journal
from watchbill.integrations.celery_names import EAGER, QueueNames, priority_of
from watchbill.queues.delivery import Delivery
from watchbill.queues.envelope import ATTEMPT, DUE, Envelope, due_of
from watchbill.queues.publication import Publication
from watchbill.queues.traffic import Traffic
from watchbill.traces.propagation import inject

SYSTEM = "celery"
RETRIES_EXHAUSTED = "retries_exhausted"
REJECTED = "rejected"

_CONTRIB = "opentelemetry.instrumentation.celery"
_MAIN_PROCESS = "MainProcess"
_NOTHING: Mapping[str, Any] = {}
_MISSING = (None, None)


class CeleryTraffic:
    """What the hooks tell of one application's messages. Nothing of it raises. Thread-safe."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.faults = ground.faults
        self.names = QueueNames()
        self.journal = Journal()
        self._own = Traffic(ground, SYSTEM)
        self._spanless = Traffic(replace(ground, calls=None, deliveries=None), SYSTEM)
        self._running: dict[int, tuple[Delivery | None, BaseException | None]] = {}
        self._trace_headers: list[str] = []
        self._meet: Callable[[Any], None] | None = None
        self._met: WeakSet[Any] = WeakSet()

    def on_meeting(self, meet: Callable[[Any], None]) -> None:
        """Calls it with each application that publishes or works for the first time."""
        self._meet = meet

    def meets(self, app: Any) -> None:
        """An application publishes, or begins to work."""
        if self._meet is not None and app not in self._met:
            self._met.add(app)
            self._meet(app)

    @property
    def contrib_is_active(self) -> bool:
        """Whether opentelemetry-instrumentation-celery makes the spans: then none are made here."""
        module: Any = sys.modules.get(_CONTRIB)
        return module is not None and _makes_spans(module)

    @property
    def traffic(self) -> Traffic:
        """With spans unless another library makes them."""
        return self._spanless if _CONTRIB in sys.modules and self.contrib_is_active else self._own

    def sends(self, amqp: Any, name: str, message: Any, options: dict[str, Any]) -> Publication | None:
        """A message is about to be published; what it carries for us is put into the options' headers."""
        try:
            if self._meet is not None:
                self.meets(amqp.app)
            # Protocol 1 has it all in the body.
            told = message.headers or message.body
            eta = told["eta"]
            retries = told["retries"]
            ours: dict[str, str] = {}
            publication = self.traffic.send(
                self.names.to(amqp, options),
                name,
                ours,
                due=None if eta is None else _seconds(eta, amqp.app),
                priority=priority_of(options.get("priority")),
                message_id=told["id"],
            )
            if retries:
                ours[ATTEMPT] = str(retries + 1)
                publication.repeats()
            given = options.get("headers")
            if given:
                # A retry brings those of the message before.
                ours = {**{key: value for key, value in given.items() if key != ATTEMPT}, **ours}
            options["headers"] = ours
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("celery", error)
            return None
        return publication

    def begins(self, task: Any, task_id: str) -> None:
        """A task begins, in the process and thread that runs it."""
        try:
            request = task.request_stack.top
            found: dict[str, Any] = request.__dict__
            if found.get("is_eager"):
                delivery = self._eager(task, task_id)
            else:
                if task.acks_late:
                    self._note(task, task_id, found)
                delivery = self._delivery(task, task_id, found)
            self._running[id(request)] = (delivery, sys.exc_info()[1])
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("celery", error)

    def ends(self, task: Any, state: str | None, outcome: Any) -> None:
        """It has ended; the outcome is what it returned or raised."""
        try:
            request = task.request_stack.top
            delivery, before = self._running.pop(id(request), _MISSING)
            if delivery is None:
                return
            if task.acks_late:
                self.journal.ended(request.id)
            current = sys.exc_info()[1]
            if current is not before:
                # What follows the task's own code has failed: storing its result, its after_return.
                state, outcome = _state(current), current
            _end(delivery, state, outcome, task)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("celery", error)

    def ended_elsewhere(
        self,
        app: Any,
        task: str,
        message: Mapping[str, Any],
        status: str,
        *,
        reason: str = "",
        seconds: float | None = None,
    ) -> None:
        """A message ended outside the process that worked on it, or was never begun; told of by its main process."""
        try:
            delivery = message.get("delivery_info") or _NOTHING
            properties = message.get("properties") or _NOTHING
            self._own.ended_elsewhere(
                self.names.of(app, delivery),
                task,
                status,
                reason=reason,
                priority=priority_of(properties.get("priority") or delivery.get("priority")),
                seconds=seconds,
                attempt=(message.get("retries") or 0) + 1 if seconds is not None else 0,
            )
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("celery", error)

    def admitted(self, queue: str) -> str:
        """A queue's name as its metrics have it."""
        series = self._own.series
        return queue if series is None else series.queues.admit(queue)

    def _note(self, task: Any, task_id: str, found: dict[str, Any]) -> None:
        """Its message stays in the broker until it has ended, and comes again when its worker dies."""
        try:
            if (found.get("delivery_info") or _NOTHING).get("redelivered") and self.journal.was_lost(task_id):
                self.ended_elsewhere(task.app, task.name, found, LOST)
            self.journal.begun(task_id)
        except OSError as error:
            self.faults.report("celery", error)

    def _delivery(self, task: Any, task_id: str, found: dict[str, Any]) -> Delivery:
        told = found.get("delivery_info") or _NOTHING
        headers = found if DUE in found else found.get("headers") or _NOTHING
        attempt = found.get("retries") or 0
        return self.traffic.deliver(
            self.names.of(task.app, told),
            task.name,
            self._carrier(headers),
            due=None if told.get("redelivered") else _due(headers, attempt, found.get("eta")),
            attempt=attempt + 1,
            priority=priority_of(told.get("priority")),
            message_id=task_id,
        )

    def _eager(self, task: Any, task_id: str) -> Delivery:
        carrier: dict[str, str] = {}
        inject(carrier)
        request = task.request_stack.top
        return self.traffic.deliver(EAGER, task.name, carrier, attempt=(request.retries or 0) + 1, message_id=task_id)

    def _carrier(self, headers: Mapping[str, Any]) -> dict[str, str]:
        names = self._trace_headers
        if not names:
            names = self._trace_headers = sorted(propagate.get_global_textmap().fields)
        return {name: headers[name] for name in names if name in headers}


def _end(delivery: Delivery, state: str | None, outcome: Any, task: Any) -> None:
    if state in ("SUCCESS", "IGNORED"):
        delivery.succeeded()
    elif state == "RETRY":
        delivery.retried(getattr(outcome, "exc", None))
    elif state == "REJECTED":
        # One that is acknowledged already cannot come again.
        if getattr(outcome, "requeue", False) and task.acks_late:
            delivery.retried()
        else:
            delivery.dead_lettered(REJECTED)
    elif state is None:
        _exit(delivery, outcome, task)
    elif _gave_up(outcome):
        delivery.dead_lettered(RETRIES_EXHAUSTED, outcome)
    else:
        delivery.failed(outcome if isinstance(outcome, BaseException) else None)


def _exit(delivery: Delivery, outcome: Any, task: Any) -> None:
    """The task raised what is no Exception. In a process of its own that dies of it, and the main process tells."""
    from billiard.process import current_process

    request: Any = task.request_stack.top
    if not isinstance(outcome, SystemExit | KeyboardInterrupt):
        delivery.left()
    elif request.is_eager:
        delivery.failed(outcome)
    elif current_process().name != _MAIN_PROCESS:
        delivery.left()
    elif task.acks_late:
        delivery.lost()
    else:
        delivery.failed(outcome)


def _state(error: BaseException | None) -> str | None:
    from celery.exceptions import Reject

    if isinstance(error, Reject):
        return "REJECTED"
    return "FAILURE" if isinstance(error, Exception) else None


def _gave_up(error: Any) -> bool:
    """Whether the error comes out of a retry that was not allowed any more."""
    from celery.app.task import Task
    from celery.exceptions import MaxRetriesExceededError

    if isinstance(error, MaxRetriesExceededError):
        return True
    kind: Any = Task
    code = kind.retry.__code__
    trail: TracebackType | None = getattr(error, "__traceback__", None)
    while trail is not None:
        if trail.tb_frame.f_code is code:
            return True
        trail = trail.tb_next
    return False


def _due(headers: Mapping[str, Any], attempt: int, eta: object) -> float | None:
    """When it could have begun; None where its producer did not say."""
    due = due_of(headers)
    if due is None:
        return None
    if (attempt or ATTEMPT in headers) and Envelope.read(headers).attempt != attempt + 1:
        # A retry by a worker that is not instrumented brings what the message before said.
        return None
    return due if eta is None else max(due, _seconds(eta) or 0.0)


def _seconds(eta: object, app: Any = None) -> float | None:
    """Unix time of an ETA. One without a time zone means the application's, and nothing without an application."""
    try:
        found = eta if isinstance(eta, datetime) else datetime.fromisoformat(str(eta))
    except ValueError:
        return None
    if found.tzinfo is None:
        if app is None:
            return None
        found = found.replace(tzinfo=app.timezone)
    return found.timestamp()


def _makes_spans(module: Any) -> bool:
    contrib: Any = module.CeleryInstrumentor()
    if not contrib.is_instrumented_by_opentelemetry:
        return False
    idle = isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    return not (idle and isinstance(getattr(contrib, "_tracer", None), trace.ProxyTracer))
