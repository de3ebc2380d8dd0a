"""The metrics of outbound calls, a row of them for each upstream."""

from weakref import WeakKeyDictionary

from watchbill.catalogue.http import EXCEPTION, METHOD, OTHER_METHOD, STATUS
from watchbill.catalogue.outbound import (
    CLIENT_ATTEMPTS,
    CLIENT_DURATION,
    CLIENT_ERRORS,
    CLIENT_IN_PROGRESS,
    CLIENT_REQUESTS,
    CLIENT_TIMEOUTS,
    PHASE,
    UPSTREAM,
)
from watchbill.emission import Emission
from watchbill.guard import OTHER
from watchbill.http.failure import exception_name

_METHODS = frozenset(METHOD.values)


class Row:
    """Of one upstream. Timeouts and calls in progress stand at zero from the beginning. Thread-safe."""

    def __init__(self, series: "OutboundSeries", upstream: str) -> None:
        self._series = series
        self._upstream = upstream
        self.in_progress = series.in_progress.labels(upstream)
        self.attempts = series.attempts.labels(upstream)
        self._timeouts = {phase: series.timeouts.labels(upstream, phase) for phase in PHASE.values}
        self._durations = {method: series.durations.labels(upstream, method) for method in ("GET", "POST")}
        self._answers = {("GET", 200): series.requests.labels(upstream, "GET", "200")}

    def answered(self, method: str, status: int) -> None:
        """A call has its status."""
        found = self._answers.get((method, status))
        if found is None:
            admitted = self._series.statuses.admit(str(status), CLIENT_REQUESTS)
            found = self._series.requests.labels(self._upstream, _known(method), admitted)
            if admitted != OTHER and method in _METHODS:
                self._answers[method, status] = found
        found.inc()

    def timed(self, method: str, seconds: float) -> None:
        """A call has ended, one way or the other."""
        found = self._durations.get(method)
        if found is None:
            method = _known(method)
            found = self._durations[method] = self._series.durations.labels(self._upstream, method)
        found.observe(seconds)

    def failed(self, method: str, error: BaseException, phase: str) -> None:
        """A call got no answer, or a part of one; the phase is empty for what is no timeout."""
        name = self._series.exceptions.admit(exception_name(error), CLIENT_ERRORS)
        self._series.errors.labels(self._upstream, _known(method), name).inc()
        if phase:
            self._timeouts[phase].inc()


class OutboundSeries:
    """Of one registry. Upstreams, statuses and exceptions beyond their limits are folded into `_other`."""

    @classmethod
    def of(cls, emission: Emission) -> "OutboundSeries":
        """The same for all who ask: a limit holds for all clients together."""
        found = _MADE.get(emission)
        if found is None:
            found = _MADE.setdefault(emission, cls(emission))
        return found

    def __init__(self, emission: Emission) -> None:
        self.requests = emission.counter(CLIENT_REQUESTS)
        self.errors = emission.counter(CLIENT_ERRORS)
        self.durations = emission.histogram(CLIENT_DURATION)
        self.timeouts = emission.counter(CLIENT_TIMEOUTS)
        self.attempts = emission.histogram(CLIENT_ATTEMPTS)
        self.in_progress = emission.gauge(CLIENT_IN_PROGRESS)
        self.statuses = emission.guard(STATUS, CLIENT_REQUESTS)
        self.exceptions = emission.guard(EXCEPTION, CLIENT_ERRORS)
        self._upstreams = emission.guard(UPSTREAM, CLIENT_REQUESTS)
        self._rows: dict[str, Row] = {}

    def row(self, upstream: str) -> Row:
        """That of a declared name: there are as many as the code declares."""
        found = self._rows.get(upstream)
        if found is None:
            admitted = self._upstreams.admit(upstream, CLIENT_REQUESTS)
            found = self._rows[upstream] = Row(self, admitted)
        return found


_MADE: WeakKeyDictionary[Emission, OutboundSeries] = WeakKeyDictionary()


def _known(method: str) -> str:
    return method if method in _METHODS else OTHER_METHOD
