"""What the system knows about this process and the other workers, read from /proc at each scrape."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from watchbill.catalogue.metric import Counter, Metric
from watchbill.catalogue.process import (
    PROCESS_CPU,
    PROCESS_MAX_FILES,
    PROCESS_OPEN_FILES,
    PROCESS_RESIDENT_MEMORY,
    PROCESS_START_TIME,
    PROCESS_VIRTUAL_MEMORY,
    WORKER,
)
from watchbill.catalogue.watching import WORKERS
from watchbill.emission import Emission
from watchbill.names import Names
from watchbill.store.store import Store, Worker

Family = CounterMetricFamily | GaugeMetricFamily

_METRICS: tuple[Metric, ...] = (
    PROCESS_CPU,
    PROCESS_RESIDENT_MEMORY,
    PROCESS_VIRTUAL_MEMORY,
    PROCESS_START_TIME,
    PROCESS_OPEN_FILES,
    PROCESS_MAX_FILES,
)


class ProcessCollector(Collector):
    """The process metrics of the Prometheus client libraries, for each worker where there are several.

    There are none where there is no /proc. A worker that another user runs shows less.
    """

    def __init__(self, names: Names, store: Store, metrics: Sequence[Metric] = _METRICS) -> None:
        self._names = names
        self._store = store
        self._metrics = metrics

    def describe(self) -> Iterator[Family]:
        """The same families, so that a registry refuses a second owner of a name."""
        yield from (self._family(metric, ()) for metric in (*self._metrics, WORKERS))

    def collect(self) -> Iterator[Family]:
        """What prometheus-client asks for at a scrape."""
        workers = self._store.workers()
        labels = (self._names.label(WORKER),) if workers else ()
        families = {metric: self._family(metric, labels) for metric in self._metrics}
        for worker in workers or (Worker(os.getpid(), ""),):
            for metric, value in (*_status(worker.pid), *_files(worker.pid)):
                if metric in families:
                    families[metric].add_metric((worker.label,) if workers else (), value)
        yield from (family for family in families.values() if family.samples)
        count = self._family(WORKERS, ())
        count.add_metric((), self._store.worker_count)
        yield count

    def _family(self, metric: Metric, labels: Sequence[str]) -> Family:
        kind = CounterMetricFamily if isinstance(metric, Counter) else GaugeMetricFamily
        return kind(self._names.metric(metric), metric.help, labels=labels)


def watch_processes(emission: Emission) -> None:
    """Puts the process metrics into a registry, but for those that prometheus-client's own collector has there."""
    names = emission.names
    renamed = tuple(metric for metric in _METRICS if names.metric(metric) != metric.name)
    for metrics in (_METRICS, renamed):
        collector = ProcessCollector(names, emission.store, metrics)
        if emission.collector_if_free(collector, name=names.metric((*metrics, WORKERS)[0])):
            return


def _status(pid: int) -> tuple[tuple[Metric, float], ...]:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  a third of the time, for each worker
            # The second field, the command's name in brackets, may itself hold spaces and brackets.
            fields = file.read().rpartition(b")")[2].split()
        booted = _booted()
    except (OSError, StopIteration):
        return ()
    ticks = os.sysconf("SC_CLK_TCK")
    return (
        (PROCESS_CPU, (float(fields[11]) + float(fields[12])) / ticks),
        (PROCESS_RESIDENT_MEMORY, float(fields[21]) * os.sysconf("SC_PAGE_SIZE")),
        (PROCESS_VIRTUAL_MEMORY, float(fields[20])),
        (PROCESS_START_TIME, booted + float(fields[19]) / ticks),
    )


@cache
def _booted() -> float:
    lines = Path("/proc/stat").read_bytes().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(b"btime "))


def _files(pid: int) -> Iterator[tuple[Metric, float]]:
    try:
        yield PROCESS_OPEN_FILES, float(len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208  as above
        import resource

        limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]
        yield PROCESS_MAX_FILES, float("inf") if limit == resource.RLIM_INFINITY else float(limit)
    except (OSError, ImportError, AttributeError):
        return
