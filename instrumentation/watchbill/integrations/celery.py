"""Celery: what an application sends, what its workers make of it, and what waits in its broker."""

from typing import Any

from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations import celery_hooks
from watchbill.integrations.celery_backlog import CeleryBacklog
from watchbill.integrations.celery_traffic import CeleryTraffic
from watchbill.report import Entry


class CeleryAttachment:
    """Our part in one Celery application, or in all where none is given.

    It is put into the process that publishes and the one that works alike: the module that makes the application does
    it, and what a worker forks inherits it. Tasks send no events for it, and nothing has to be configured.
    """

    kind = "celery"

    def __init__(self, ground: Ground, app: Any = None) -> None:
        self._celery = required("celery", needed_by="obs.celery()")
        self._app = _real(app)
        self._ground = ground
        self._traffic = CeleryTraffic(ground)
        self._backlogs: list[CeleryBacklog] = []

    @property
    def target(self) -> object:
        """The application; the library where it is in all of them."""
        return self._celery if self._app is None else self._app

    def attach(self) -> None:
        """Puts it in."""
        if self._app is not None and not isinstance(self._app, self._celery.Celery):
            found = f"{type(self._app).__name__} is no Celery application; give the application itself"
            raise InvalidDeclaration("celery(app)", [found])
        if self._app is None:
            self._traffic.on_meeting(self._read)
        celery_hooks.add(self._app, self._traffic)
        if self._app is not None:
            self._read(self._app)

    def detach(self) -> None:
        """Takes it out."""
        celery_hooks.remove(self._app)
        for backlog in self._backlogs:
            backlog.detach()
        self._backlogs.clear()

    def entry(self) -> Entry:
        """Whose spans there are, and what is read of the broker."""
        name = "all applications" if self._app is None else self._app.main or "unnamed application"
        by_contrib = self._traffic.contrib_is_active
        return Entry("celery", "on", f"{name}{'; spans by opentelemetry-instrumentation-celery' if by_contrib else ''}")

    def _read(self, app: Any) -> None:
        backlog = CeleryBacklog(self._ground, app)
        self._backlogs.append(backlog)
        backlog.attach()


def _real(app: Any) -> Any:
    """The application behind `celery.current_app` and other stand-ins."""
    resolve = getattr(app, "_get_current_object", None)
    return resolve() if callable(resolve) else app
