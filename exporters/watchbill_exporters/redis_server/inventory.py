"""What is read of one Redis server: its collectors, and the requests that leave first at each probe."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from watchbill.catalogue.redis_server.probe import REDIS_PROBE_SECONDS_COUNT, REDIS_PROBE_SECONDS_SUM
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.redis_server.client_list import CLIENT_LIST
from watchbill_exporters.redis_server.clients import CLIENTS
from watchbill_exporters.redis_server.cluster import CLUSTER
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.commands import COMMANDS, ERRORS
from watchbill_exporters.redis_server.declared_inventory import declared_collectors
from watchbill_exporters.redis_server.flight import Flight
from watchbill_exporters.redis_server.keyspace import CACHE, KEYSPACE
from watchbill_exporters.redis_server.latency import HISTOGRAMS, PERCENTILES, SPIKES
from watchbill_exporters.redis_server.memory import MEMORY, Headroom
from watchbill_exporters.redis_server.persistence import PERSISTENCE
from watchbill_exporters.redis_server.prefixes import prefix_counts
from watchbill_exporters.redis_server.replication import REPLICATION
from watchbill_exporters.redis_server.replies import DATABASES, Replies
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.sentinel import SENTINEL
from watchbill_exporters.redis_server.server import SERVER
from watchbill_exporters.redis_server.server_settings import settings_collector
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.redis_server.slowlog import Slowlog
from watchbill_exporters.redis_server.traffic import TRAFFIC


@dataclass(slots=True)
class _Parts:
    """Requests of collectors, those behind all others that read items."""

    light: dict[Request, None] = field(default_factory=dict[Request, None])
    heavy: dict[Request, None] = field(default_factory=dict[Request, None])

    def add(self, collector: RedisCollector, requests: Iterable[Request]) -> None:
        """Requests of a collector, each once."""
        (self.heavy if collector.reads_items else self.light).update(dict.fromkeys(requests))


class Inventory:
    """The collectors of one target; what they remember from probe to probe outlives a connection."""

    def __init__(self, settings: RedisSettings) -> None:
        self._collectors = tuple(_collectors(settings))
        self._static = _Parts()
        for one in self._collectors:
            self._static.add(one, one.requests)
        # Most servers have databases: that they are asked at once saves a second flight for the other settings.
        self._foreseen = _Parts({DATABASES: None})
        self._probes, self._seconds = 0, 0.0
        self.slow = prefix_counts(settings.declared)
        self.first = self._flight()

    @property
    def collectors(self) -> Sequence[RedisCollector]:
        """In the order of the answer."""
        return self._collectors

    def second(self, replies: Replies) -> Flight | None:
        """What is still to be asked once the first flight is answered; from now on it leaves with that."""
        wanted, foreseen = _Parts(), _Parts()
        for one in self._collectors:
            asked = _follow(one, replies)
            wanted.add(one, asked)
            foreseen.add(one, asked if one.foreseen else ())
        if foreseen != self._foreseen:
            self._foreseen = foreseen
            self.first = self._flight()
        missing = [[request for request in part if not replies.has(request)] for part in (wanted.light, wanted.heavy)]
        return Flight.of(*missing) if any(missing) else None

    def _flight(self) -> Flight:
        static, foreseen = self._static, self._foreseen
        return Flight.of((*static.light, *foreseen.light), (*static.heavy, *foreseen.heavy))

    def account(self, seconds: float) -> Iterable[Measured]:
        """Adds a probe that took so long to those before it."""
        self._probes += 1
        self._seconds += seconds
        yield single(REDIS_PROBE_SECONDS_SUM, self._seconds)
        yield single(REDIS_PROBE_SECONDS_COUNT, float(self._probes))


def _collectors(settings: RedisSettings) -> Iterator[RedisCollector]:
    yield from (SERVER, CLIENTS, MEMORY, Headroom().collector, TRAFFIC, COMMANDS, ERRORS, CACHE, KEYSPACE, PERSISTENCE)
    yield from (REPLICATION, PERCENTILES, SPIKES, Slowlog().collector, CLUSTER, SENTINEL)
    yield settings_collector(settings.include_settings)
    if settings.latency_histograms:
        yield HISTOGRAMS
    if settings.client_list:
        yield CLIENT_LIST
    yield from declared_collectors(settings.declared)


def _follow(collector: RedisCollector, replies: Replies) -> Iterable[Request]:
    try:
        return tuple(collector.follow(replies))
    except Exception:  # noqa: BLE001  # a target may send anything; the collector's own reading tells of it
        return ()
