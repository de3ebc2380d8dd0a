"""One taskiq message while a worker is on it: what becomes of it, seen from middlewares."""

from asyncio import Task, current_task
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any

from watchbill.queues.delivery import Delivery

RETRIES, REQUEUES = "_retries", "X-Taskiq-requeue"
REJECTED = "rejected"


class TaskiqRun:
    """From before a task's function is called to after every middleware has heard what came of it."""

    __slots__ = ("_before", "_delivery", "_requeues", "_task", "error", "message_id", "sent_again")

    def __init__(self, delivery: Delivery, message_id: str, labels: Mapping[str, Any]) -> None:
        self._delivery = delivery
        self._requeues = labels.get(REQUEUES)
        self._task: Task[Any] | None = current_task()
        self._before: Token[TaskiqRun | None] = RUNNING.set(self)
        self.message_id = message_id
        self.error: BaseException | None = None
        self.sent_again = False
        if self._task is not None:
            self._task.add_done_callback(self._dropped)

    def end(self, labels: Mapping[str, Any], result: Any) -> None:
        """Every other middleware has had its say about the error."""
        from taskiq.exceptions import NoResultError, TaskRejectedError

        self._leave()
        error, delivery = self.error, self._delivery
        if isinstance(error, NoResultError):
            if labels.get(REQUEUES) != self._requeues:
                delivery.retried()
            else:
                delivery.succeeded()
        elif error is None:
            delivery.succeeded()
        elif self.sent_again or isinstance(result.error, NoResultError):
            delivery.retried(error)
        elif isinstance(error, TaskRejectedError):
            delivery.dead_lettered(REJECTED)
        elif number(labels.get(RETRIES)):
            delivery.dead_lettered(type(error).__name__, error)
        else:
            delivery.failed(error)

    def _leave(self) -> None:
        if self._task is not None:
            self._task.remove_done_callback(self._dropped)
        try:
            RUNNING.reset(self._before)
        except ValueError:
            # Another middleware has gone on in a task of its own.
            RUNNING.set(None)

    def _dropped(self, _task: object) -> None:
        # taskiq, or a middleware, has failed in between.
        self._delivery.lost()


RUNNING: "ContextVar[TaskiqRun | None]" = ContextVar("watchbill_taskiq_running", default=None)
"""The run that the running code is part of."""


def number(label: object) -> int:
    """A label that counts; 0 where it is absent, or no number."""
    if label is None:
        return 0
    try:
        return int(str(label))
    except ValueError:
        return 0
