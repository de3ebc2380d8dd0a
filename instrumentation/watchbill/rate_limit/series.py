"""The metrics of rate limits."""

from typing import Literal

from prometheus_client import Counter

from watchbill.catalogue.rate_limit import LIMIT, OUTCOME, RATE_LIMIT_DECISIONS, SCOPE
from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.guard import OTHER

Outcome = Literal["allowed", "limited", "error"]


class RateLimitSeries:
    """Counts decisions. Limits and scopes beyond their number are folded into `_other`."""

    def __init__(self, emission: Emission, faults: Faults) -> None:
        self._decisions = emission.counter(RATE_LIMIT_DECISIONS)
        self._faults = faults
        self._limits = emission.guard(LIMIT, RATE_LIMIT_DECISIONS)
        self._scopes = emission.guard(SCOPE, RATE_LIMIT_DECISIONS)
        self._children: dict[tuple[str, str], dict[str, Counter]] = {}

    def count(self, limit: str, scope: str, outcome: Outcome) -> None:
        """One decision."""
        try:
            (self._children.get((limit, scope)) or self.known(limit, scope))[outcome].inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("rate_limit", error)

    def known(self, limit: str, scope: str) -> dict[str, Counter]:
        """The series of a limit by outcome; they stand at zero from now on, so that the first increase is seen."""
        admitted = self._limits.admit(limit), self._scopes.admit(scope)
        if OTHER in admitted:
            # Once, also where both are.
            self._limits.fold(RATE_LIMIT_DECISIONS)
        found = {outcome: self._decisions.labels(*admitted, outcome) for outcome in OUTCOME.values}
        if OTHER not in admitted:
            self._children[limit, scope] = found
        return found
