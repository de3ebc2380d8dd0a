"""One run of an arq job in a worker: what arq decides about it, decided by the same rules."""

import sys
from asyncio import CancelledError, Task
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, cast

from watchbill.catalogue.queue import DEAD_LETTERED, REVOKED
from watchbill.fault import Faults
from watchbill.problem import is_a
from watchbill.queues.delivery import Delivery
from watchbill.queues.envelope import due_of
from watchbill.queues.traffic import Traffic

KEY = "watchbill"
"""Where a job's dictionary has our headers."""
UNKNOWN = "unknown"
_MOVED_SECONDS = 0.05
_EARLY_SECONDS = 1.0


class ArqRun:
    """From when a worker takes a job to when it is done with it."""

    __slots__ = (
        "_delivery",
        "_enqueued",
        "_faults",
        "_function",
        "_headers",
        "_result",
        "_score",
        "_traffic",
        "_worker",
    )

    def __init__(self, traffic: Traffic, faults: Faults, worker: Any, score: int) -> None:
        self._traffic = traffic
        self._faults = faults
        self._worker = worker
        self._score = score / 1000
        self._function = ""
        self._enqueued = 0.0
        self._headers: Mapping[str, str] = {}
        self._delivery: Delivery | None = None
        self._result: object = None

    def read(self, data: Any) -> None:
        """The job's dictionary, as it was enqueued."""
        try:
            self._function = str(data["f"])
            self._enqueued = float(data["et"]) / 1000
            headers = data.get(KEY)
            if is_a(headers, Mapping):
                self._headers = cast("Mapping[str, str]", headers)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def begin(self, context: Mapping[str, Any]) -> None:
        """The job's function is called next."""
        try:
            attempt = int(context.get("job_try") or 1)
            self._delivery = self._traffic.deliver(
                self._worker.queue_name,
                self._function,
                self._headers,
                due=self._due(attempt),
                attempt=attempt,
                message_id=str(context.get("job_id", "")),
            )
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def _due(self, attempt: int) -> float | None:
        """None where it cannot be known: a job comes again at its old time when its worker died or was stopped."""
        first = due_of(self._headers) or self._enqueued
        if attempt > 1 and self._score <= first + _MOVED_SECONDS:
            return None
        # To abort a job that is not due, arq gives it a time long ago.
        return self._score if self._score > self._enqueued - _EARLY_SECONDS else None

    def ended(self, error: BaseException | None, *, aborted: bool) -> None:
        """The job's function has returned, or raised what arq goes by."""
        if self._delivery is not None:
            try:
                self._end(self._delivery, error, aborted=aborted)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("queues", failure)

    def _end(self, delivery: Delivery, error: BaseException | None, *, aborted: bool) -> None:
        if error is None:
            delivery.succeeded()
            return
        from arq.worker import Retry, RetryJob

        again = self._worker.retry_jobs
        if again and isinstance(error, Retry):
            delivery.retried()
        elif aborted and isinstance(error, CancelledError):
            delivery.revoked()
        elif again and isinstance(error, CancelledError | RetryJob):
            delivery.retried(error)
        else:
            delivery.failed(error)

    def results_in(self, result: object) -> None:
        """What arq keeps as the job's result."""
        self._result = result

    def over(self) -> None:
        """The worker is done with it."""
        try:
            self._over()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def _over(self) -> None:
        if self._delivery is not None:
            if isinstance(self._result, Exception):
                # Some jobs fail on the way to their function.
                self._delivery.failed(self._result)
            self._delivery.lost()
        elif self._result is not None:
            queue, function = self._worker.queue_name, self._function or UNKNOWN
            if isinstance(self._result, CancelledError):
                self._traffic.ended_elsewhere(queue, function, REVOKED)
            else:
                reason, attempt = self._reason()
                self._traffic.ended_elsewhere(queue, function, DEAD_LETTERED, reason=reason, attempt=attempt)

    def _reason(self) -> tuple[str, int]:
        """Why arq gives a job up without calling its function, and how often it has called it."""
        from arq.jobs import SerializationError

        if isinstance(self._result, SerializationError):
            return "undecodable", 0
        if not self._function:
            return "expired", 0
        function = self._worker.functions.get(self._function)
        if function is None:
            return "unknown_function", 0
        return "max_tries", self._worker.max_tries if function.max_tries is None else function.max_tries


RUNNING: "ContextVar[ArqRun | None]" = ContextVar("watchbill_arq_running", default=None)
"""The run that the current task is."""


class JobTasks(dict[str, "Task[Any]"]):
    """A worker's running jobs by id. arq takes a job out of it when its function has ended, however it did."""

    def __init__(self, worker: Any) -> None:
        super().__init__(worker.job_tasks)
        self._worker = worker

    def __delitem__(self, job_id: str) -> None:
        run = RUNNING.get()
        if run is not None:
            run.ended(sys.exc_info()[1], aborted=job_id in self._worker.aborting_tasks)
        super().__delitem__(job_id)
