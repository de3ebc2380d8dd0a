"""The metrics of one API of an AI provider."""

from weakref import WeakKeyDictionary

from watchbill.catalogue.outbound import (
    AI_CALL_DURATION,
    AI_CALLS,
    AI_COST,
    AI_TOKENS,
    API,
    CALL_OUTCOME,
    MODEL,
    UPSTREAM,
)
from watchbill.emission import Emission
from watchbill.outbound.usage import Usage

NO_MODEL = "unknown"
_LONGEST = 100


class Guards:
    """The limits of one registry, which hold for all APIs together."""

    def __init__(self, emission: Emission) -> None:
        self.upstreams = emission.guard(UPSTREAM, AI_CALLS)
        self.apis = emission.guard(API, AI_CALLS)
        self.models = emission.guard(MODEL, AI_TOKENS)


_GUARDS: WeakKeyDictionary[Emission, Guards] = WeakKeyDictionary()


class AiSeries:
    """Outcomes stand at zero from the beginning. Models beyond their limit are folded into `_other`."""

    def __init__(self, emission: Emission, upstream: str, api: str) -> None:
        guards = _GUARDS.get(emission) or _GUARDS.setdefault(emission, Guards(emission))
        self._upstream = guards.upstreams.admit(upstream, AI_CALLS)
        self._api = guards.apis.admit(api, AI_CALLS)
        self._models = guards.models
        self._tokens, self._cost = emission.counter(AI_TOKENS), emission.counter(AI_COST)
        calls = emission.counter(AI_CALLS)
        self._calls = {outcome: calls.labels(self._upstream, self._api, outcome) for outcome in CALL_OUTCOME.values}
        self._duration = emission.histogram(AI_CALL_DURATION).labels(self._upstream, self._api)

    def ended(self, outcome: str, seconds: float) -> None:
        """One call."""
        self._calls[outcome].inc()
        self._duration.observe(seconds)

    def cached(self) -> None:
        """One call that was not needed."""
        self._calls["cached"].inc()

    def used(self, usage: Usage, cost: float | None) -> None:
        """What its answer says."""
        tokens = usage.tokens
        if not tokens and cost is None:
            return
        model = self._models.admit((usage.model or NO_MODEL)[:_LONGEST], AI_TOKENS)
        for direction, count in tokens.items():
            self._tokens.labels(self._upstream, self._api, model, direction).inc(count)
        if cost is not None:
            self._cost.labels(self._upstream, self._api, model).inc(cost)
