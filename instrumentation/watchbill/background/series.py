"""The metrics of background tasks."""

from asyncio import CancelledError
from time import perf_counter
from types import TracebackType
from typing import NamedTuple

import prometheus_client as client

from watchbill.catalogue.background import (
    BACKGROUND_TASK_DURATION,
    BACKGROUND_TASKS,
    BACKGROUND_TASKS_RUNNING,
    BACKGROUND_TASKS_STARTED,
    CANCELLED,
    FAILED,
    OUTCOME,
    SUCCEEDED,
    TASK,
)
from watchbill.emission import Emission
from watchbill.fault import Faults

_METRICS = (BACKGROUND_TASKS_STARTED, BACKGROUND_TASKS_RUNNING, BACKGROUND_TASKS, BACKGROUND_TASK_DURATION)


class _Children(NamedTuple):
    started: client.Counter
    running: client.Gauge
    ended: dict[str, client.Counter]
    duration: client.Histogram


class Run:
    """One run of a task, from entering to leaving; counted so, and nothing of the counting raises."""

    __slots__ = ("_children", "_faults", "_started")

    def __init__(self, children: _Children, faults: Faults) -> None:
        self._children = children
        self._faults = faults
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = perf_counter()
        try:
            self._children.started.inc()
            self._children.running.inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("background", error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)

    def end(self, error: BaseException | None) -> None:
        """The task returned, or raised an error."""
        try:
            children = self._children
            children.running.dec()
            children.ended[_outcome(error)].inc()
            children.duration.observe(perf_counter() - self._started)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._faults.report("background", failure)


class TaskSeries:
    """Counts tasks by name. Names beyond the label's bound are folded into `_other`. Thread-safe."""

    def __init__(self, emission: Emission, faults: Faults) -> None:
        self._started = emission.counter(BACKGROUND_TASKS_STARTED)
        self._running = emission.gauge(BACKGROUND_TASKS_RUNNING)
        self._ended = emission.counter(BACKGROUND_TASKS)
        self._duration = emission.histogram(BACKGROUND_TASK_DURATION)
        self._faults = faults
        self._guard = emission.guard(TASK, BACKGROUND_TASKS)
        self._known: dict[str, _Children] = {}

    def declare(self, name: str) -> None:
        """Shows the task at zero, so that its first failure is an increase."""
        if name not in self._known:
            self._children(name)

    def run(self, name: str) -> Run | None:
        """A run to be entered when the task begins; None where it cannot be counted."""
        try:
            return Run(self._known.get(name) or self._children(name), self._faults)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("background", error)
            return None

    def _children(self, name: str) -> _Children:
        admitted = self._guard.admit(name, *_METRICS)
        children = _Children(
            self._started.labels(admitted),
            self._running.labels(admitted),
            {outcome: self._ended.labels(admitted, outcome) for outcome in OUTCOME.values},
            self._duration.labels(admitted),
        )
        if admitted == name:
            self._known[name] = children
        return children


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return SUCCEEDED
    # A coroutine that is closed or dropped half-way ends by GeneratorExit.
    return CANCELLED if isinstance(error, CancelledError | GeneratorExit) else FAILED
