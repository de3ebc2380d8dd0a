"""Follows the log of one nginx, and connects to its status page."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.catalogue.nginx import (
    NGINX_COLLECTOR_AGE,
    NGINX_COLLECTOR_DROPPED,
    NGINX_COLLECTOR_DURATION,
    NGINX_COLLECTOR_SUCCESS,
    NGINX_PERMISSION,
    NGINX_PING,
    NGINX_PROBE_DURATION,
    NGINX_SCRAPE_ERROR,
    NGINX_UP,
    NGINX_UP_REASON,
)
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import HttpReader, Origin
from watchbill_exporters.nginx_edge.follower import Follower
from watchbill_exporters.nginx_edge.session import NginxSession
from watchbill_exporters.nginx_edge.settings import NginxSettings
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.vitals import Vitals


class NginxDriver:
    """Reads the log from the first probe on, also between probes."""

    vitals = Vitals(
        up=NGINX_UP,
        up_reason=NGINX_UP_REASON,
        duration=NGINX_PROBE_DURATION,
        ping=NGINX_PING,
        error=NGINX_SCRAPE_ERROR,
        collector_success=NGINX_COLLECTOR_SUCCESS,
        collector_duration=NGINX_COLLECTOR_DURATION,
        collector_age=NGINX_COLLECTOR_AGE,
        collector_dropped=NGINX_COLLECTOR_DROPPED,
        permission=NGINX_PERMISSION,
    )

    clocks: Mapping[str, float] = MappingProxyType({})

    def __init__(self, settings: NginxSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        log_file = settings.log_file
        self._follower = Follower(log_file, from_beginning=settings.from_beginning) if log_file is not None else None

    async def connect(self, deadline: Deadline) -> NginxSession:
        """A connection to the status page, where there is one; the log is open from now on."""
        if self._follower is not None:
            self._follower.start()
        page = None
        if self._settings.address:
            page = await HttpReader.open(Origin.of(self._settings), self._resolver, deadline)
        return NginxSession(self._settings, self._follower, page)

    async def close(self) -> None:
        """Stops reading the log."""
        if self._follower is not None:
            self._follower.stop()
