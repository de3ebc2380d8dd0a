"""What waits in a Celery application's broker."""

import os
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any
from weakref import ref

from watchbill.ground import Ground
from watchbill.integrations.celery_brokers import TIMEOUT_SECONDS, Broker, can_be_read, opened, time_outs
from watchbill.integrations.celery_names import is_broadcast
from watchbill.queues.poller import Poller
from watchbill.queues.source import QueueReading

_CONFIGURING_SECONDS = 4.0


class CeleryBacklog:
    """The source of an application's queues: over a connection of its own, to the broker the application has."""

    def __init__(self, ground: Ground, app: Any) -> None:
        self._poller = Poller.of(ground)
        self._app: ref[Any] = ref(app)
        self._main = app.main or ""
        self._since = monotonic()
        self._connection: Any = None
        self._pid = 0
        self._inherited: list[Any] = []
        self._broker: Broker | None = None

    @property
    def name(self) -> str:
        """The same in all processes of the application."""
        return f"celery {self._main}"

    @property
    def queues(self) -> Sequence[str]:
        """Those it declares, or sends to, once it is configured."""
        app = self._app()
        kept: dict[str, Any] = app.__dict__ if app is not None else {}
        made: dict[str, Any] = kept["amqp"].__dict__ if "amqp" in kept else {}
        declared = made.get("queues")
        return [] if declared is None else [str(queue.name) for queue in _copied(declared)]

    def attach(self) -> None:
        """Reads from now on."""
        if self._poller is not None:
            self._poller.add(self)

    def detach(self) -> None:
        """Not any more."""
        if self._poller is not None:
            self._poller.remove(self.name)

    def read(self) -> Iterable[QueueReading]:
        """The state of each queue; none of brokers that cannot be asked."""
        app = self._app()
        if app is None:
            self.detach()
            return []
        if not self.queues and monotonic() - self._since < _CONFIGURING_SECONDS:
            # To look at the configuration completes it, and its module may still be at work on it.
            return []
        queues = _copied(app.amqp.queues)
        try:
            broker = self._connected(app)
            return [broker.read(queue) for queue in queues] if broker is not None else []
        except Exception:
            self._release()
            raise

    def close(self) -> None:
        """Gives the connection back; a parent's is left alone."""
        if self._pid == os.getpid():
            self._release()
        elif self._connection is not None:
            # Whoever collects it as garbage might say goodbye to the broker over the parent's connection.
            self._inherited.append(self._connection)
            self._connection = self._broker = None

    def _connected(self, app: Any) -> Broker | None:
        if self._broker is None:
            driver = app.connection_for_read().get_transport_cls().driver_type
            if not can_be_read(driver):
                return None
            options = time_outs(driver)
            self._pid = os.getpid()
            self._connection = app.connection_for_read(
                connect_timeout=TIMEOUT_SECONDS, transport_options=options, heartbeat=0
            )
            self._broker = opened(driver, self._connection)
        return self._broker

    def _release(self) -> None:
        connection, self._connection, self._broker = self._connection, None, None
        if connection is not None:
            connection.release()


def _copied(queues: Any) -> list[Any]:
    """Another thread may declare one meanwhile. A worker's own copy of what is sent to all is no backlog."""
    return [queue for queue in dict(queues).values() if not is_broadcast(queue)]
