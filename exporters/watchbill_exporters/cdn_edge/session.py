"""Asks the resources that are due, and tells the last answer of all."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence

from watchbill_exporters.cdn_edge.pending import Pending
from watchbill_exporters.cdn_edge.settings import CdnSettings
from watchbill_exporters.cdn_edge.watched import Found, Watched
from watchbill_exporters.collector import Collected, Reading
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver

_RETRY_SECONDS = 15.0
_MARGIN_SECONDS = 0.05


class CdnSession:
    """Has no connection; what was found before is the driver's."""

    def __init__(
        self, settings: CdnSettings, resolver: Resolver, watched: Sequence[Watched], pending: Pending | None
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._watched = watched
        self._pending = pending

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """Raises TargetDown when no resource answered the last time it was asked."""
        del ping
        # A resource that hangs is that resource's failure: the probe still ends in time and tells it.
        deadline = Deadline(whole.at - min(_MARGIN_SECONDS, whole.remaining / 10)).within(self._settings.timeout)
        # All at once: those that hang would take the places, and the time, of the others.
        await asyncio.gather(*self._due(deadline))
        found = [one.last.answer.first_byte_seconds for one in self._watched if isinstance(one.last, Found)]
        if not found:
            raise self._down()
        collected: list[Collected] = [one.collected() for one in self._watched]
        if self._pending is not None:
            collected.append(self._pending.collected())
        return Reading(ping_seconds=min(found), collected=collected)

    async def close(self) -> None:
        """Nothing is open."""

    def _due(self, deadline: Deadline) -> Iterator[Awaitable[None]]:
        interval = self._settings.interval
        retry = min(interval, _RETRY_SECONDS)
        for one in self._watched:
            if one.is_due(interval, retry):
                yield one.ask(self._resolver, deadline, self._settings.method)
        if self._pending is not None and self._pending.is_due(interval, retry):
            yield self._pending.ask(self._resolver, deadline)

    def _down(self) -> TargetDown:
        failures = [(one.resource.name, one.last) for one in self._watched if isinstance(one.last, TargetDown)]
        if not failures:
            return TargetDown("protocol", "no url is configured", "give the target some under `urls`")
        (name, first), others = failures[0], len(failures) - 1
        also = f", and {others} more" if others else ""
        return TargetDown(first.reason, f"no resource answers: {name}: {first.cause}{also}", first.remedy)
