"""A Celery worker's main process: it tells of what the processes that do the work can not."""

from collections.abc import Callable
from time import time
from typing import Any

from watchbill.catalogue.queue import DEAD_LETTERED, FAILED, LOST, RETRIED, REVOKED
from watchbill.integrations.celery_names import UNKNOWN
from watchbill.integrations.celery_reserved import ReservedMessages
from watchbill.integrations.celery_traffic import CeleryTraffic

EXPIRED = "expired"
UNREGISTERED = "unregistered"
INVALID = "invalid"
UNDECODABLE = "undecodable"
WORKER_LOST = "worker_lost"

_UID = "watchbill"
_TOLD = "_watchbill_told"
_REQUEUED = "_watchbill_requeued"
_KEPT = {"_success_was_stored": "_watchbill_stored", "_retry_worker_lost": "_watchbill_resent"}

Find = Callable[[Any], CeleryTraffic | None]


class WorkerHooks:
    """Sees the deliveries that end by force, and the messages that never become one.

    After a hard time limit, a kill or a termination nothing of Celery runs in the process that worked; its gauge of
    running tasks goes with it.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._on = False
        self._put: list[tuple[Any, str, Any, Any]] = []
        self._reserved: ReservedMessages | None = None

    def attach(self, worker: Any = None) -> None:
        """Puts them in; this is a worker's process."""
        if not self._on:
            self._on = True
            self._connect()
            self._replace_all()
        traffic = None if worker is None else self._find(worker.app)
        if worker is not None and traffic is not None and self._reserved is None:
            traffic.meets(worker.app)
            self._reserved = ReservedMessages(traffic, worker)
            self._reserved.attach()

    def detach(self) -> None:
        """Takes them out."""
        if not self._on:
            return
        self._on = False
        from celery import signals

        for signal in (signals.task_unknown, signals.task_rejected):
            signal.disconnect(dispatch_uid=_UID)
        # What another library has wrapped stays where it is, and does nothing.
        self._put = [one for one in self._put if not _taken_out(*one)]
        if self._reserved is not None:
            self._reserved.detach()
            self._reserved = None

    def _connect(self) -> None:
        from celery import signals

        signals.task_unknown.connect(self._unknown, weak=False, dispatch_uid=_UID)
        signals.task_rejected.connect(self._invalid, weak=False, dispatch_uid=_UID)

    def _replace_all(self) -> None:
        from celery.worker.consumer.consumer import Consumer
        from celery.worker.request import Request

        self._replace(Request, "on_timeout", self._timing_out)
        self._replace(Request, "on_failure", self._failing)
        self._replace(Request, "_announce_revoked", self._revoking)
        self._replace(Request, "_announce_cancelled", self._cancelling)
        self._replace(Request, "reject", _keeping_requeue)
        for name, key in _KEPT.items():
            self._replace(Request, name, _keeping(key))
        self._replace(Consumer, "on_decode_error", self._not_decoding)

    def _replace(self, holder: Any, name: str, layer: Callable[[Any], Any]) -> None:
        original = getattr(holder, name, None)
        if original is None or any((one[0], one[1]) == (holder, name) for one in self._put):
            return
        put = layer(original)
        setattr(holder, name, put)
        self._put.append((holder, name, put, original))

    def _timing_out(self, original: Any) -> Any:
        def on_timeout(request: Any, soft: Any, timeout: Any) -> Any:
            try:
                return original(request, soft, timeout)
            finally:
                if not soft:
                    self._tell(request, self._timed_out)

        return on_timeout

    def _failing(self, original: Any) -> Any:
        def on_failure(request: Any, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
            try:
                return original(request, exc_info, send_failed_event, return_ok)
            finally:
                # Otherwise the process has told of it.
                if not return_ok:
                    self._tell(request, self._failed, exc_info)

        return on_failure

    def _revoking(self, original: Any) -> Any:
        def _announce_revoked(request: Any, reason: Any, terminated: Any, signum: Any, expired: Any) -> Any:
            try:
                return original(request, reason, terminated, signum, expired)
            finally:
                if expired:
                    self._tell(request, self._end, DEAD_LETTERED, EXPIRED)
                else:
                    self._tell(request, self._end, REVOKED)

        return _announce_revoked

    def _cancelling(self, original: Any) -> Any:
        def _announce_cancelled(request: Any, *args: Any, **options: Any) -> Any:
            try:
                return original(request, *args, **options)
            finally:
                # The connection to the broker is gone, which gives the message to another worker.
                self._tell(request, self._end, LOST)

        return _announce_cancelled

    def _not_decoding(self, original: Any) -> Any:
        def on_decode_error(consumer: Any, message: Any, exc: Any) -> Any:
            try:
                return original(consumer, message, exc)
            finally:
                self._tell(consumer, self._refused, message, UNDECODABLE)

        return on_decode_error

    def _tell(self, holder: Any, tell: Callable[..., None], *given: Any) -> None:
        """Nothing of it gets into Celery, which is at work on what it tells of."""
        try:
            tell(holder, *given)
        except Exception as error:  # noqa: BLE001  never into the application
            traffic = self._find(holder.app)
            if traffic is not None:
                traffic.faults.report("celery", error)

    def _timed_out(self, request: Any) -> None:
        kept: dict[str, Any] = request.__dict__
        self._end(request, RETRIED if kept.get(_REQUEUED) else FAILED)

    def _failed(self, request: Any, exc_info: Any) -> None:
        from billiard.exceptions import TimeLimitExceeded, WorkerLostError

        error = exc_info.exception
        error = getattr(error, "exc", error) if type(error).__name__ == "ExceptionWithTraceback" else error
        if isinstance(error, TimeLimitExceeded):
            self._timed_out(request)
        if not isinstance(error, WorkerLostError | SystemExit | KeyboardInterrupt):
            return
        kept: dict[str, Any] = request.__dict__
        if kept.get("_already_revoked") or kept.get("_already_cancelled") or kept.get("_watchbill_stored"):
            return
        if kept.get(_REQUEUED) or kept.get("_watchbill_resent"):
            self._end(request, LOST)
        else:
            self._end(request, DEAD_LETTERED, WORKER_LOST)

    def _end(self, request: Any, status: str, reason: str = "") -> None:
        kept: dict[str, Any] = request.__dict__
        if not self._on or kept.get(_TOLD):
            return
        kept[_TOLD] = True
        began = request.time_start
        if began is None and status == LOST:
            return
        traffic = self._find(request.app)
        if traffic is not None:
            if request.task.acks_late:
                traffic.journal.forget(request.id)
            seconds = None if began is None else max(time() - began, 0.0)
            task, message = request.task.name, request.request_dict
            traffic.ended_elsewhere(request.app, task, message, status, reason=reason, seconds=seconds)

    def _unknown(self, sender: Any, message: Any, name: str = "", **_: Any) -> None:
        self._tell(sender, self._refused, message, UNREGISTERED, name)

    def _invalid(self, sender: Any, message: Any, **_: Any) -> None:
        self._tell(sender, self._refused, message, INVALID)

    def _refused(self, consumer: Any, message: Any, reason: str, name: str = "") -> None:
        traffic = self._find(consumer.app) if self._on else None
        if traffic is not None:
            headers: dict[str, Any] = message.headers or {}
            found: dict[str, Any] = {
                **headers,
                "delivery_info": message.delivery_info,
                "properties": message.properties,
            }
            task = str(name or headers.get("task") or UNKNOWN)
            traffic.ended_elsewhere(consumer.app, task, found, DEAD_LETTERED, reason=reason)


def _keeping_requeue(original: Any) -> Any:
    def reject(request: Any, requeue: bool = False) -> Any:
        if requeue and not request.acknowledged:
            request.__dict__[_REQUEUED] = True
        return original(request, requeue)

    return reject


def _keeping(key: str) -> Callable[[Any], Any]:
    """Keeps whether a method's answer was yes."""

    def layer(original: Any) -> Any:
        def kept(request: Any, *args: Any, **options: Any) -> Any:
            found = original(request, *args, **options)
            request.__dict__[key] = bool(found)
            return found

        return kept

    return layer


def _taken_out(holder: Any, name: str, put: Any, original: Any) -> bool:
    if getattr(holder, name) is not put:
        return False
    setattr(holder, name, original)
    return True
