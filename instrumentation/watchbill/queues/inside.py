"""A queue object inside this process, of asyncio or threads, that tells of its messages."""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from time import time
from typing import Any, NamedTuple

from prometheus_client import Gauge

from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.queues.backlog import Backlog
from watchbill.queues.source import DEFAULT_PRIORITY

Naming = str | Callable[[Any], str]
_HOOKS = ("_put", "_get")
_MARK = "_watchbill_queue"
_MOST_TAKEN = 10_000


class Waiting(NamedTuple):
    """What is known of a message in the queue."""

    headers: Mapping[str, str]
    since: float
    priority: str


class InsideQueue:
    """Our part in one queue object: its `_put` and `_get`, which every kind of queue has, put down and take up.

    The queue holds what it is given and nothing else.
    """

    def __init__(
        self,
        target: Any,
        name: str,
        send: Callable[[Any], Waiting],
        backlog: Backlog | None,
        faults: Faults,
    ) -> None:
        if not all(callable(getattr(target, hook, None)) for hook in _HOOKS):
            given = f"{type(target).__name__} is no queue of asyncio or of the module queue; call sent() and process()"
            raise InvalidDeclaration(f"queue {name!r}", [given])
        self.target = target
        self._name = name
        self._send = send
        self._backlog = backlog
        self._faults = faults
        self._before: dict[str, Any] = {}
        self._waiting: dict[int, deque[Waiting]] = {}
        self._taken: OrderedDict[int, Waiting] = OrderedDict()
        self._gauges: dict[str, Gauge] = {}
        self._unknown = 0
        self._on = False

    @staticmethod
    def of(target: Any) -> "InsideQueue | None":
        """The one in place in a queue."""
        found = getattr(target, "__dict__", {}).get(_MARK)
        return found if isinstance(found, InsideQueue) else None

    def attach(self) -> None:
        """Puts it in; what waits already counts as waiting."""
        self._on = True
        if self._backlog is not None:
            self._backlog.inside.add(self)
        self._unknown = self.target.qsize()
        if self._unknown:
            self._change(DEFAULT_PRIORITY, self._unknown)
        self._before = {hook: getattr(self.target, hook) for hook in _HOOKS}
        self.target.__dict__.update({_MARK: self, "_put": self._put, "_get": self._get})

    def detach(self) -> None:
        """Takes it out."""
        self._on = False
        inside = self.target.__dict__
        inside.pop(_MARK, None)
        for hook, ours in (("_put", self._put), ("_get", self._get)):
            if inside.get(hook) == ours:
                del inside[hook]
        for waiting in [one for several in self._waiting.values() for one in several]:
            self._change(waiting.priority, -1)
        if self._unknown:
            self._change(DEFAULT_PRIORITY, -self._unknown)
        self._waiting.clear()
        self._taken.clear()

    def taken(self, item: object) -> Waiting | None:
        """What is known of a message that was taken from the queue; once."""
        return self._taken.pop(id(item), None)

    def forked(self) -> None:
        """In a child process: what waits here waits in the parent, and is counted there."""
        self._waiting.clear()
        self._taken.clear()
        self._unknown = 0
        for gauge in self._gauges.values():
            gauge.set(0)

    @property
    def oldest(self) -> float:
        """The seconds that the message put in first has waited; 0 where none waits."""
        try:
            return max(time() - next(iter(self._waiting.values()))[0].since, 0.0)
        except (StopIteration, IndexError, RuntimeError):
            # There is none, or another thread takes it just now.
            return 0.0

    def _put(self, item: Any) -> None:
        self._before["_put"](item)
        if not self._on:
            return
        try:
            waiting = self._send(item)
            self._waiting.setdefault(id(item), deque()).append(waiting)
            self._change(waiting.priority, 1)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)

    def _get(self) -> Any:
        item = self._before["_get"]()
        if self._on:
            try:
                self._take(id(item))
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("queues", error)
        return item

    def _take(self, key: int) -> None:
        several = self._waiting.get(key)
        if not several:
            if self._unknown:
                self._unknown -= 1
                self._change(DEFAULT_PRIORITY, -1)
            return
        waiting = several.popleft()
        if not several:
            del self._waiting[key]
        self._change(waiting.priority, -1)
        self._taken[key] = waiting
        if len(self._taken) > _MOST_TAKEN:
            # Nobody has asked for it: the application does not say when it processes.
            self._taken.popitem(last=False)

    def _change(self, priority: str, number: int) -> None:
        if self._backlog is None:
            return
        gauge = self._gauges.get(priority)
        if gauge is None:
            gauge, admitted = self._backlog.waiting(self._name, priority)
            if admitted:
                self._gauges[priority] = gauge
        gauge.inc(number)
