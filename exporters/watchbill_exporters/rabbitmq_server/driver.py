"""Connects to RabbitMQ's management listener."""

from collections.abc import Mapping

from watchbill.catalogue.rabbitmq import (
    RABBITMQ_COLLECTOR_AGE,
    RABBITMQ_COLLECTOR_DROPPED,
    RABBITMQ_COLLECTOR_DURATION,
    RABBITMQ_COLLECTOR_SUCCESS,
    RABBITMQ_PERMISSION,
    RABBITMQ_PING,
    RABBITMQ_PROBE_DURATION,
    RABBITMQ_SCRAPE_ERROR,
    RABBITMQ_UP,
    RABBITMQ_UP_REASON,
)
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.rabbitmq_server.listing import Known
from watchbill_exporters.rabbitmq_server.management import Management
from watchbill_exporters.rabbitmq_server.session import DEAD_LETTERS, QUEUE_DETAILS, RabbitmqSession
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.vitals import Vitals

MOST_SEARCHED = 2000
"""Queues up to which dead-letter queues are looked for; beyond that they must be named."""
_SECONDS = 60.0


class RabbitmqDriver:
    """Opens sessions with one cluster."""

    vitals = Vitals(
        up=RABBITMQ_UP,
        up_reason=RABBITMQ_UP_REASON,
        duration=RABBITMQ_PROBE_DURATION,
        ping=RABBITMQ_PING,
        error=RABBITMQ_SCRAPE_ERROR,
        collector_success=RABBITMQ_COLLECTOR_SUCCESS,
        collector_duration=RABBITMQ_COLLECTOR_DURATION,
        collector_age=RABBITMQ_COLLECTOR_AGE,
        collector_dropped=RABBITMQ_COLLECTOR_DROPPED,
        permission=RABBITMQ_PERMISSION,
    )

    def __init__(self, settings: RabbitmqSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._known = Known()

    @property
    def clocks(self) -> Mapping[str, float]:
        """Each minute: dead letters, and the statistics of queues where there are too many for each probe."""
        known = self._known
        clocks: dict[str, float] = {}
        if self._settings.dead_letter_queues or (known.queues or 0.0) <= MOST_SEARCHED:
            clocks[DEAD_LETTERS] = _SECONDS
        if known.is_large and known.keeps_statistics:
            clocks[QUEUE_DETAILS] = _SECONDS
        return clocks

    async def connect(self, deadline: Deadline) -> RabbitmqSession:
        """A connection; the password is read from its file each time."""
        return RabbitmqSession(
            await Management.open(self._settings, self._resolver, deadline), self._settings, self._known
        )

    async def close(self) -> None:
        """Nothing is held beside sessions."""
