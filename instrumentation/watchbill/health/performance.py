"""The figures of the HTTP side, from its metrics: since the start and over the last minute."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from threading import Lock
from time import monotonic
from typing import Any

from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, HTTP_REQUESTS_IN_PROGRESS, STATUS
from watchbill.catalogue.metric import Metric
from watchbill.catalogue.runtime import EVENT_LOOP_LAG
from watchbill.names import Names
from watchbill.store.store import Snapshot, Store, StoredFamily

_WINDOW_SECONDS = 60.0
_BETWEEN_SECONDS = 5.0
_QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted so far: requests, those that failed (status 5xx), and their latencies by bucket, the last unbounded."""

    at: float
    requests: float
    failed: float
    buckets: Sequence[float]
    bounds: Sequence[float]
    seconds: float
    in_progress: float
    lag: float | None

    def since(self, earlier: "Totals") -> "Totals":
        """What was counted in between; all of it where an earlier bucket holds more, as after a restart."""
        if earlier.requests > self.requests or len(earlier.buckets) != len(self.buckets):
            return self
        return Totals(
            self.at,
            self.requests - earlier.requests,
            self.failed - earlier.failed,
            [now - before for now, before in zip(self.buckets, earlier.buckets, strict=True)],
            self.bounds,
            self.seconds - earlier.seconds,
            self.in_progress,
            self.lag,
        )

    def quantile(self, share: float) -> float:
        """Estimated as Prometheus' histogram_quantile does: linear within its bucket; NaN without observations."""
        total = sum(self.buckets)
        wanted, below, lower = share * total, 0.0, 0.0
        for bound, count in zip((*self.bounds, inf), self.buckets, strict=False):
            if count and below + count >= wanted:
                return lower if bound == inf else lower + (bound - lower) * (wanted - below) / count
            below, lower = below + count, bound if bound < inf else lower
        return nan

    def figures(self, seconds: float) -> dict[str, Any]:
        """For people: rates per second, latencies in seconds, None where nothing was measured."""
        latency: dict[str, float | None] = {f"p{share * 100:g}": self._rounded(share) for share in _QUANTILES}
        answered = sum(self.buckets)
        latency["mean"] = round(self.seconds / answered, 6) if answered else None
        return {
            "window_seconds": round(seconds, 1),
            "requests": int(self.requests),
            "requests_per_second": round(self.requests / seconds, 3) if seconds else None,
            "error_ratio": round(self.failed / self.requests, 6) if self.requests else None,
            "latency_seconds": latency,
        }

    def _rounded(self, share: float) -> float | None:
        value = self.quantile(share)
        return None if isnan(value) else round(value, 6)


class Performance:
    """Figures of all workers that share this service's metrics; `look` is called every few seconds. Thread-safe."""

    def __init__(self, names: Names, store: Store) -> None:
        self._names = names
        self._store = store
        self._first = self._now()
        self._looks: deque[Totals] = deque()
        self._lock = Lock()

    def look(self) -> Totals:
        """Totals as they are now; remembered for a minute, but not more often than every five seconds."""
        now, looks = self._now(), self._looks
        with self._lock:
            if not looks or now.at - looks[-1].at >= _BETWEEN_SECONDS:
                looks.append(now)
                while len(looks) > 1 and looks[1].at <= now.at - _WINDOW_SECONDS:
                    looks.popleft()
        return now

    def figures(self) -> Mapping[str, Any]:
        """Since this process was instrumented, and recently: over the last minute, as far as it was looked at."""
        with self._lock:
            before = self._looks[0] if self._looks else self._first
        now = self.look()
        return {
            "in_progress": int(now.in_progress),
            "loop_lag_seconds": None if now.lag is None else round(now.lag, 6),
            "recent": now.since(before).figures(now.at - before.at),
            "since_start": now.since(self._first).figures(now.at - self._first.at),
        }

    def _now(self) -> Totals:
        return _totals(self._store.snapshot(), self._names)


def _totals(snapshot: Snapshot, names: Names) -> Totals:
    requests = _family(snapshot, names, HTTP_REQUESTS)
    durations = _family(snapshot, names, HTTP_REQUEST_DURATION)
    running = _family(snapshot, names, HTTP_REQUESTS_IN_PROGRESS)
    status = names.label(STATUS)
    failed = _sum(snapshot, requests, lambda labels: labels[status].startswith("5"))
    bounds = durations.schema.bounds if durations else ()
    columns = [0.0] * (len(bounds) + 2)
    if durations is not None:
        cells = snapshot.cells
        for at in list(durations.series.values()):
            columns = [total + cell for total, cell in zip(columns, cells[at : at + len(columns)], strict=True)]
    return Totals(
        monotonic(),
        _sum(snapshot, requests, lambda _: True),
        failed,
        columns[:-1],
        bounds,
        columns[-1],
        _sum(snapshot, running, lambda _: True),
        _largest(snapshot, _family(snapshot, names, EVENT_LOOP_LAG)),
    )


def _family(snapshot: Snapshot, names: Names, metric: Metric) -> StoredFamily | None:
    return snapshot.families.get(names.metric(metric))


def _sum(snapshot: Snapshot, family: StoredFamily | None, chosen: Callable[[Mapping[str, str]], bool]) -> float:
    if family is None:
        return 0.0
    series = list(family.series.items())
    names = family.schema.labels
    return sum(snapshot.cells[at] for values, at in series if chosen(dict(zip(names, values, strict=True))))


def _largest(snapshot: Snapshot, family: StoredFamily | None) -> float | None:
    return max((snapshot.cells[at] for at in list(family.series.values())), default=None) if family else None
