"""The metrics of steps and batch jobs."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import prometheus_client as client

from watchbill.catalogue.work import (
    BATCH,
    BATCH_DURATION,
    BATCH_ITEMS,
    BATCH_JOBS,
    BATCH_PROGRESS,
    BATCH_RUNNING,
    BATCH_STATUS,
    ITEM_OUTCOME,
    STEP,
    STEP_DURATION,
    STEP_ITEMS,
    STEP_RUNNING,
    VARIANT,
)
from watchbill.emission import Emission

_BY_STEP = (STEP_ITEMS, STEP_DURATION, STEP_RUNNING)
_BY_BATCH = (BATCH_JOBS, BATCH_RUNNING, BATCH_ITEMS, BATCH_PROGRESS, BATCH_DURATION)
_KNOWN: "WeakKeyDictionary[Emission, WorkSeries]" = WeakKeyDictionary()


class StepSeries(NamedTuple):
    """Of one step and variant."""

    items: dict[str, client.Counter]
    duration: client.Histogram
    running: client.Gauge


class BatchSeries(NamedTuple):
    """Of one batch job's name; `progress` is what its running jobs have done, and what they have to do."""

    jobs: dict[str, client.Counter]
    items: dict[str, client.Counter]
    running: client.Gauge
    ratio: client.Gauge
    duration: client.Histogram
    progress: "dict[object, tuple[int, int]]"


class WorkSeries:
    """Names beyond their labels' bounds are folded into `_other`. What is declared stands at zero. Thread-safe."""

    def __init__(self, emission: Emission) -> None:
        # Not the emission itself, which is the key that these are kept under.
        self._items, self._duration = emission.counter(STEP_ITEMS), emission.histogram(STEP_DURATION)
        self._running = emission.gauge(STEP_RUNNING)
        self._jobs, self._batch_items = emission.counter(BATCH_JOBS), emission.counter(BATCH_ITEMS)
        self._jobs_running, self._ratio = emission.gauge(BATCH_RUNNING), emission.gauge(BATCH_PROGRESS)
        self._batch_duration = emission.histogram(BATCH_DURATION)
        self._steps = emission.guard(STEP, STEP_ITEMS)
        self._variants = emission.guard(VARIANT, STEP_ITEMS)
        self._batches = emission.guard(BATCH, BATCH_JOBS)
        self._by_step: dict[tuple[str, str], StepSeries] = {}
        self._by_batch: dict[str, BatchSeries] = {}

    @classmethod
    def of(cls, emission: Emission) -> "WorkSeries":
        """Those of an Observability."""
        found = _KNOWN.get(emission)
        if found is None:
            found = _KNOWN[emission] = cls(emission)
        return found

    def step(self, name: str, variant: str) -> StepSeries:
        """The children of a step."""
        found = self._by_step.get((name, variant))
        if found is None:
            labels = self._steps.admit(name, *_BY_STEP), self._variants.admit(variant, *_BY_STEP)
            found = StepSeries(
                {outcome: self._items.labels(*labels, outcome) for outcome in ITEM_OUTCOME.values},
                self._duration.labels(*labels),
                self._running.labels(labels[0]),
            )
            if labels == (name, variant):
                self._by_step[labels] = found
        return found

    def batch(self, name: str) -> BatchSeries:
        """The children of a batch job."""
        found = self._by_batch.get(name)
        if found is None:
            admitted = self._batches.admit(name, *_BY_BATCH)
            found = BatchSeries(
                {status: self._jobs.labels(admitted, status) for status in BATCH_STATUS.values},
                {outcome: self._batch_items.labels(admitted, outcome) for outcome in ITEM_OUTCOME.values},
                self._jobs_running.labels(admitted),
                self._ratio.labels(admitted),
                self._batch_duration.labels(admitted),
                {},
            )
            if admitted == name:
                self._by_batch[name] = found
        return found


def name_fault(role: str, value: object, example: str) -> list[str]:
    """What is wrong with a declared name."""
    if isinstance(value, str) and value.strip():
        return []
    return [f"{role}={value!r} is no name: give text, such as {example!r}, that is written in the code"]
