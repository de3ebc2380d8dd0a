"""Asks a CDN's resources at their own pace."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.catalogue.cdn import (
    CDN_COLLECTOR_AGE,
    CDN_COLLECTOR_DROPPED,
    CDN_COLLECTOR_DURATION,
    CDN_COLLECTOR_SUCCESS,
    CDN_PERMISSION,
    CDN_PING,
    CDN_PROBE_DURATION,
    CDN_SCRAPE_ERROR,
    CDN_UP,
    CDN_UP_REASON,
)
from watchbill_exporters.cdn_edge.pending import Pending
from watchbill_exporters.cdn_edge.session import CdnSession
from watchbill_exporters.cdn_edge.settings import CdnSettings
from watchbill_exporters.cdn_edge.watched import Watched
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import Origin
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.vitals import Vitals


class CdnDriver:
    """Keeps the last answer of each resource between probes."""

    vitals = Vitals(
        up=CDN_UP,
        up_reason=CDN_UP_REASON,
        duration=CDN_PROBE_DURATION,
        ping=CDN_PING,
        error=CDN_SCRAPE_ERROR,
        collector_success=CDN_COLLECTOR_SUCCESS,
        collector_duration=CDN_COLLECTOR_DURATION,
        collector_age=CDN_COLLECTOR_AGE,
        collector_dropped=CDN_COLLECTOR_DROPPED,
        permission=CDN_PERMISSION,
    )

    clocks: Mapping[str, float] = MappingProxyType({})

    def __init__(self, settings: CdnSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._watched = tuple(Watched(one, Origin.of(settings, one.address)) for one in settings.resources)
        pending = settings.invalidations
        self._pending = None if pending is None else Pending(pending, Origin.of(settings, pending.address))

    async def connect(self, deadline: Deadline) -> CdnSession:
        """Nothing is kept open: each asking has a connection of its own, to see what a client sees."""
        del deadline
        return CdnSession(self._settings, self._resolver, self._watched, self._pending)

    async def close(self) -> None:
        """Nothing is held."""
