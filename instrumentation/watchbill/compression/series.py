"""The metrics of compressed and uncompressed answers."""

from prometheus_client import Counter, Histogram

from watchbill.catalogue.compression import (
    ALGORITHM,
    COMPRESSION_DURATION,
    COMPRESSION_INPUT,
    COMPRESSION_OUTPUT,
    COMPRESSION_RESPONSES,
    OTHER_ALGORITHM,
    UNCOMPRESSED,
)
from watchbill.emission import Emission

_COMPRESSED = "compressed"


class _Algorithm:
    """The series of one algorithm."""

    def __init__(self, emission: Emission, name: str) -> None:
        self.responses: Counter = emission.counter(COMPRESSION_RESPONSES).labels(name, _COMPRESSED)
        self.input: Counter = emission.counter(COMPRESSION_INPUT).labels(name)
        self.output: Counter = emission.counter(COMPRESSION_OUTPUT).labels(name)
        self.duration: Histogram = emission.histogram(COMPRESSION_DURATION).labels(name)


class CompressionSeries:
    """Counts answers by what became of them; raises InvalidDeclaration when a metric's name is taken."""

    def __init__(self, emission: Emission) -> None:
        self._emission = emission
        self._responses = emission.counter(COMPRESSION_RESPONSES)
        for counter in (COMPRESSION_INPUT, COMPRESSION_OUTPUT):
            emission.counter(counter)
        emission.histogram(COMPRESSION_DURATION)
        self._algorithms: dict[str, _Algorithm] = {}
        self._left_alone: dict[str, Counter] = {}

    def compressed(self, algorithm: str, before: int, after: int, seconds: float | None) -> None:
        """One answer of so many bytes, in how many it left, and the time it took where that is known."""
        series = self._algorithms.get(algorithm) or self._series(algorithm)
        series.responses.inc()
        series.input.inc(before)
        series.output.inc(after)
        if seconds is not None:
            series.duration.observe(seconds)

    def left_alone(self, reason: str) -> None:
        """One answer that was not compressed; the reason is one of the catalogue's."""
        counter = self._left_alone.get(reason)
        if counter is None:
            counter = self._left_alone[reason] = self._responses.labels(UNCOMPRESSED, reason)
        counter.inc()

    def _series(self, algorithm: str) -> _Algorithm:
        known = algorithm if algorithm in ALGORITHM.values and algorithm != UNCOMPRESSED else OTHER_ALGORITHM
        return self._algorithms.setdefault(known, _Algorithm(self._emission, known))
