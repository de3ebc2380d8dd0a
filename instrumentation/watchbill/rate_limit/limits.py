"""The rate limits of one Observability."""

from collections.abc import Callable, Mapping
from typing import Any

from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.integrations.slowapi import LimiterAttachment
from watchbill.rate_limit.limit import RateLimit, faults_of
from watchbill.rate_limit.series import RateLimitSeries
from watchbill.report import Entry


class RateLimits:
    """Declared ones and slowapi's. Without an emission they do nothing."""

    def __init__(self, emission: Emission | None, faults: Faults) -> None:
        self._emission = emission
        self._faults = faults
        self._series: RateLimitSeries | None = None
        self._attached: list[LimiterAttachment] = []
        self._foreign = False

    def declare(self, name: str, scope: str, raises: tuple[type[Exception], ...]) -> RateLimit:
        """InvalidDeclaration lists what is wrong with the arguments."""
        faults = faults_of(name, scope, raises)
        if faults:
            raise InvalidDeclaration("rate_limit", faults)
        return RateLimit(name, scope, self._counting(), raises)

    def attach(self, limiter: Any, scopes: Mapping[Callable[..., str], str]) -> None:
        """Counts what a slowapi limiter decides; one that is counted already is left alone."""
        series = self._counting()
        present = LimiterAttachment.of(limiter)
        self._foreign |= present is not None and present not in self._attached
        attachment = LimiterAttachment(limiter, series, scopes, self._faults)
        if series is None or present is not None:
            return
        attachment.attach()
        self._attached.append(attachment)

    def detach(self, limiter: object) -> None:
        """Takes the counting out of a limiter."""
        for attachment in [one for one in self._attached if one.limiter is limiter]:
            attachment.detach()
            self._attached.remove(attachment)

    def entries(self) -> list[Entry]:
        """What the report says."""
        found = [Entry("rate limits of slowapi", "on", "decisions are counted")] if self._attached else []
        if self._foreign:
            found.append(Entry("rate limits of slowapi", "off", "a limiter is counted by another Observability"))
        return found

    def _counting(self) -> RateLimitSeries | None:
        if self._series is None and self._emission is not None:
            self._series = RateLimitSeries(self._emission, self._faults)
        return self._series
