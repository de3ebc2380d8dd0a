"""The places in Celery where messages are seen: put in once for a process, whatever number of applications there is."""

import sys
from collections.abc import Callable
from threading import RLock
from typing import Any
from weakref import WeakSet

from watchbill.integrations.celery_traffic import CeleryTraffic
from watchbill.integrations.celery_worker import WorkerHooks

_LOCK = RLock()
_MARK = "_watchbill_traffic"
_APPS: "WeakSet[Any]" = WeakSet()
_EVERY: list[CeleryTraffic] = []
"""Who listens to the applications that nobody else does; one at most."""
_SENDER = "send_task_message"
_UID = "watchbill"


def traffic_of(app: Any) -> CeleryTraffic | None:
    """Who listens to an application's messages."""
    found: CeleryTraffic | None = app.__dict__.get(_MARK)
    return found if found is not None or not _EVERY else _EVERY[0]


def add(app: Any, traffic: CeleryTraffic) -> None:
    """Tells of an application's messages, or of all where none is given."""
    with _LOCK:
        if not _APPS and not _EVERY:
            _HOOKS.attach()
        if app is None:
            _EVERY[:] = [traffic]
        else:
            _APPS.add(app)
            app.__dict__[_MARK] = traffic
        _HOOKS.renew(app)


def remove(app: Any) -> None:
    """Does not any more; the last one takes the hooks out."""
    with _LOCK:
        if app is None:
            _EVERY.clear()
        else:
            _APPS.discard(app)
            app.__dict__.pop(_MARK, None)
        if not _APPS and not _EVERY:
            _HOOKS.detach()
        _HOOKS.renew(app)


class _Hooks:
    """Signals for what is rare or has no better place; a layer around the function that publishes, which is not."""

    def __init__(self) -> None:
        self._original: Any = None
        self._layer: Any = None
        self._worker = WorkerHooks(traffic_of)

    def attach(self) -> None:
        """Puts them in."""
        from celery import signals
        from celery.app.amqp import AMQP

        kind: Any = AMQP
        # Where another library's layer lies on ours, ours has stayed in place.
        if self._layer is None:
            make = self._original = kind._create_task_sender  # noqa: SLF001  the one place that all publishing passes

            def made(amqp: Any) -> Callable[..., Any]:
                return _sending(amqp, make(amqp))

            kind._create_task_sender = self._layer = made  # noqa: SLF001  as above
        signals.task_prerun.connect(_begins, weak=False, dispatch_uid=_UID)
        signals.task_postrun.connect(_ends, weak=False, dispatch_uid=_UID)
        signals.worker_init.connect(self._in_worker, weak=False, dispatch_uid=_UID)
        if "celery.worker.request" in sys.modules:
            self._worker.attach()

    def detach(self) -> None:
        """Takes them out."""
        from celery import signals
        from celery.app.amqp import AMQP

        kind: Any = AMQP
        if kind._create_task_sender is self._layer:  # noqa: SLF001  as above
            kind._create_task_sender = self._original  # noqa: SLF001  as above
            self._original = self._layer = None
        for signal in (signals.task_prerun, signals.task_postrun, signals.worker_init):
            signal.disconnect(dispatch_uid=_UID)
        self._worker.detach()

    def renew(self, app: Any) -> None:
        """Has an application that published before make its sending function again."""
        if app is not None:
            apps = [app]
        else:
            from celery import _state

            known: Any = _state
            apps = list(known._get_active_apps())  # noqa: SLF001  there is no other list
        for one in apps:
            kept: dict[str, Any] = one.__dict__
            if "amqp" in kept:
                made: dict[str, Any] = kept["amqp"].__dict__
                made.pop(_SENDER, None)

    def _in_worker(self, sender: Any, **_: Any) -> None:
        self._worker.attach(sender)


def _begins(task: Any, task_id: str, **_: Any) -> None:
    traffic = traffic_of(task.app)
    if traffic is not None:
        traffic.begins(task, task_id)


def _ends(task: Any, state: str | None, retval: Any, **_: Any) -> None:
    traffic = traffic_of(task.app)
    if traffic is not None:
        traffic.ends(task, state, retval)


def _sending(amqp: Any, send: Callable[..., Any]) -> Callable[..., Any]:
    """What publishes, with its messages told of as long as somebody listens."""
    app = amqp.app

    def sent(producer: Any, name: str, message: Any, *rest: Any, **options: Any) -> Any:
        traffic = traffic_of(app)
        if traffic is None:
            return send(producer, name, message, *rest, **options)
        publication = traffic.sends(amqp, name, message, options)
        try:
            answer = send(producer, name, message, *rest, **options)
        except BaseException as error:
            if publication is not None:
                publication.failed(error)
            raise
        if publication is not None:
            publication.sent()
        return answer

    return sent


_HOOKS = _Hooks()
