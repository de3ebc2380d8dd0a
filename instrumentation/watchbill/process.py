"""What the system knows about this process, read from /proc at each scrape."""

import os
from collections.abc import Iterator
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
)
from watchbill.names import Names

_PROC = Path("/proc")


class ProcessCollector(Collector):
    """The process metrics of the Prometheus client libraries; none where there is no /proc."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def describe(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """The same families, so that a registry refuses a second owner of a name."""
        return self.collect()

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """What prometheus-client asks for at a scrape."""
        for metric, value in (*_status(), *_files()):
            kind = CounterMetricFamily if isinstance(metric, Counter) else GaugeMetricFamily
            yield kind(self._names.metric(metric), metric.help, value=value)


def _status() -> tuple[tuple[Metric, float], ...]:
    try:
        # The second field, the command's name in brackets, may itself hold spaces and brackets.
        fields = (_PROC / "self" / "stat").read_bytes().rpartition(b")")[2].split()
        booted = next(
            float(line.split()[1]) for line in (_PROC / "stat").read_bytes().splitlines() if line.startswith(b"btime ")
        )
    except (OSError, StopIteration):
        return ()
    ticks = os.sysconf("SC_CLK_TCK")
    return (
        (PROCESS_CPU, (float(fields[11]) + float(fields[12])) / ticks),
        (PROCESS_RESIDENT_MEMORY, float(fields[21]) * os.sysconf("SC_PAGE_SIZE")),
        (PROCESS_VIRTUAL_MEMORY, float(fields[20])),
        (PROCESS_START_TIME, booted + float(fields[19]) / ticks),
    )


def _files() -> tuple[tuple[Metric, float], ...]:
    try:
        import resource
    except ImportError:
        return ()
    try:
        count = sum(1 for _ in (_PROC / "self" / "fd").iterdir())
    except OSError:
        return ()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (
        (PROCESS_OPEN_FILES, float(count)),
        (PROCESS_MAX_FILES, float("inf") if limit == resource.RLIM_INFINITY else float(limit)),
    )
