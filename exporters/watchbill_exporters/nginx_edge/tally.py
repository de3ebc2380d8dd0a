"""What the lines of an access log add up to."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, cast

from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.metric import Histogram, Metric
from watchbill.catalogue.nginx import (
    NGINX_CACHE_BYTES,
    NGINX_CACHE_RESPONSES,
    NGINX_COMPRESSION_INPUT,
    NGINX_COMPRESSION_OUTPUT,
    NGINX_ENCODED_BYTES,
    NGINX_ENCODED_RESPONSES,
    NGINX_RESPONSE_BYTES,
    NGINX_RESPONSE_SECONDS,
    NGINX_RESPONSES,
    NGINX_UPSTREAM_SECONDS,
)
from watchbill_exporters.collector import Distribution, Key, Measured, distributions, series
from watchbill_exporters.nginx_edge.line import Entry, Shape, labels_of, number, shape_of, upstream_seconds

_MOST_SHAPES = 4096
_LONGEST_FIELD = 100
_BUCKETS = len(HTTP_SECONDS) + 1
_FAULTS = (ValueError, TypeError, OverflowError, KeyError, AttributeError, RecursionError)

Labels = tuple[str, str, str, str, str]


class Sums:
    """What lines with the same labels add up to; times in seconds, sizes in bytes."""

    __slots__ = ("compressed", "responses", "seconds", "size", "times", "uncompressed", "upstream_seconds", "upstreams")

    def __init__(self) -> None:
        self.responses = 0
        self.size = 0.0
        self.compressed = 0.0
        self.uncompressed = 0.0
        self.seconds = 0.0
        self.times = [0] * _BUCKETS
        self.upstream_seconds = 0.0
        self.upstreams = [0] * _BUCKETS


class Tally:
    """Counts lines. It is not safe to count and to measure at once."""

    def __init__(self) -> None:
        self.lines = 0
        self.errors = 0
        self.last_time: float | None = None
        self._sums: dict[Labels, Sums] = defaultdict(Sums)
        self._shapes: dict[Shape, Sums] = {}

    def add(self, lines: bytes) -> None:
        """Counts complete lines; what is no JSON object with a status is an error of that line alone."""
        # A path may hold any bytes.
        found = [line for line in lines.decode(errors="replace").split("\n") if line and not line.isspace()]
        self.lines += len(found)
        for entry in _entries(found):
            try:
                self._count(entry)
            except _FAULTS:
                self.errors += 1
        self.last_time = _time(found) or self.last_time

    def measured(self) -> Iterator[Measured]:
        """All counters."""
        yield from self._columns((0, 1), NGINX_RESPONSES, NGINX_RESPONSE_BYTES)
        yield from self._columns((2, 3), NGINX_CACHE_RESPONSES, NGINX_CACHE_BYTES)
        yield from self._columns((2, 4), NGINX_ENCODED_RESPONSES, NGINX_ENCODED_BYTES)
        compressed: dict[Key, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for labels, sums in self._sums.items():
            if sums.compressed:
                of_type = compressed[labels[2],]
                of_type[0] += sums.uncompressed
                of_type[1] += sums.compressed
        yield series(NGINX_COMPRESSION_INPUT, ((key, both[0]) for key, both in compressed.items()))
        yield series(NGINX_COMPRESSION_OUTPUT, ((key, both[1]) for key, both in compressed.items()))
        yield from self._times(NGINX_RESPONSE_SECONDS, upstream=False)
        yield from self._times(NGINX_UPSTREAM_SECONDS, upstream=True)

    def _columns(self, positions: tuple[int, int], responses: Metric, size: Metric) -> Iterator[Measured]:
        found: dict[Key, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for labels, sums in self._sums.items():
            both = found[labels[positions[0]], labels[positions[1]]]
            both[0] += sums.responses
            both[1] += sums.size
        keys = list(found)
        yield Measured(responses, keys, [both[0] for both in found.values()])
        yield Measured(size, keys, [both[1] for both in found.values()])

    def _times(self, metric: Histogram, *, upstream: bool) -> Iterable[Measured]:
        counts: dict[Key, list[int]] = {}
        totals: dict[Key, float] = defaultdict(float)
        for labels, sums in self._sums.items():
            own = sums.upstreams if upstream else sums.times
            if any(own):
                key: Key = (labels[2],)
                before = counts.get(key)
                counts[key] = own if before is None else [one + other for one, other in zip(before, own, strict=True)]
                totals[key] += sums.upstream_seconds if upstream else sums.seconds
        found: list[Distribution] = []
        for key, own in counts.items():
            *within, all_of_them = accumulate(own)
            found.append(Distribution(key, dict(zip(HTTP_SECONDS, within, strict=True)), totals[key], all_of_them))
        return distributions(metric, found)

    def _count(self, entry: Entry) -> None:
        sums = self._sums_of(shape_of(entry))
        get = entry.get
        size = number(get("body_bytes_sent", get("bytes_sent")))
        seconds, upstream = get("request_time"), upstream_seconds(get("upstream_response_time"))
        taken = number(seconds)
        ratio = number(get("gzip_ratio") or get("brotli_ratio") or get("zstd_ratio"))
        sums.responses += 1
        sums.size += size
        if ratio:
            sums.compressed += size
            sums.uncompressed += size * ratio
        if seconds not in {None, "", "-"}:
            sums.seconds += taken
            sums.times[bisect_left(HTTP_SECONDS, taken)] += 1
        if upstream is not None:
            sums.upstream_seconds += upstream
            sums.upstreams[bisect_left(HTTP_SECONDS, upstream)] += 1

    def _sums_of(self, shape: Shape) -> Sums:
        found = self._shapes.get(shape)
        if found is None:
            found = self._sums[labels_of(shape)]
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            if all(len(part) <= _LONGEST_FIELD for part in shape if isinstance(part, str)):
                self._shapes[shape] = found
        return found


def _entries(lines: Sequence[str]) -> Sequence[Any]:
    """The lines as JSON gives them, all at once where none is broken; None for one that is."""
    try:
        found = cast("list[Any]", json.loads(f"[{','.join(lines)}]"))
    except (ValueError, RecursionError):
        found = []
    return found if len(found) == len(lines) else [_entry(line) for line in lines]


def _entry(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _time(lines: Sequence[str]) -> float | None:
    """When the newest of these lines was written."""
    entry = _entry(lines[-1]) if lines else None
    try:
        return number(cast("Entry", entry).get("msec")) or None
    except _FAULTS:
        return None
