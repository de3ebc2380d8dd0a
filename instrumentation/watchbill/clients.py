"""What is behind the application and instrumented with it: databases, caches, queues, and calls to others."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from watchbill.attachments import Attachment, Attachments
from watchbill.auto import Auto
from watchbill.database.settings import Queries
from watchbill.fault import Faults
from watchbill.ground import Ground
from watchbill.lifecycle import Lifecycle
from watchbill.report import Entry, Report

if TYPE_CHECKING:
    from watchbill.caches.cache import Cache
    from watchbill.outbound.ai import AiApi
    from watchbill.queues.queue import Queue
    from watchbill.work.batch import BatchJob
    from watchbill.work.step import Step

C = TypeVar("C")

_QUERIES = Queries()
OFF = "MONITORING_ENABLED is false"


class Clients(ABC):
    """The verbs of an Observability for what is behind requests.

    Each instruments one object, once; where none is given, all of its library, those made later too. Each raises
    MissingExtra where the library is not installed and InvalidDeclaration for an object of another kind.
    `uninstrument` with the same object ends it. `name` is what the object is called in metrics.
    """

    _ground: Ground
    _clients: Attachments
    _monitoring: bool
    _faults: Faults
    _lifecycle: Lifecycle
    _auto: Auto | None = None

    def auto(self) -> Report:
        """Instruments every library for which there is a verb, in all of its objects; says what it left out, and why.

        Nothing is imported for it: what the application imports later is found when it starts, or when `auto` is
        called again. What has been, or will be, instrumented one by one keeps its name. Raises nothing.
        """
        if not self._monitoring:
            self._clients.note("auto", Entry("auto", "off", OFF))
            return self.report()
        if self._auto is None:
            self._auto = Auto(self._clients, self._faults, lambda name: getattr(self, name))
            self._lifecycle.on("starting", self._auto.look_again)
        self._auto.run()
        return self.report()

    @abstractmethod
    def report(self) -> Report:
        """What is instrumented and what is not, and why."""

    def redis(self, client: Any = None, *, name: str = "", prefixes: Mapping[str, str] | None = None) -> Self:
        """Commands, pipelines and the pool of a redis-py client, sync or asyncio, cluster too.

        Reads of keys that start with one of `prefixes` are counted as reads of the cache it is mapped to, as in
        `{"session:": "session"}`.
        """
        from watchbill.integrations.redis import RedisAttachment

        return self._attach(lambda: RedisAttachment(self._ground, client, name=name, prefixes=prefixes or {}))

    def valkey(self, client: Any = None, *, name: str = "", prefixes: Mapping[str, str] | None = None) -> Self:
        """The same for valkey-py."""
        from watchbill.integrations.valkey import ValkeyAttachment

        return self._attach(lambda: ValkeyAttachment(self._ground, client, name=name, prefixes=prefixes or {}))

    def sqlalchemy(self, engine: Any = None, *, name: str = "", queries: Queries = _QUERIES) -> Self:
        """Queries, transactions and the pool of an engine, sync or asyncio."""
        from watchbill.integrations.sqlalchemy import SqlalchemyAttachment

        return self._attach(lambda: SqlalchemyAttachment(self._ground, engine, name=name, queries=queries))

    def asyncpg(self, pool: Any = None, *, name: str = "", queries: Queries = _QUERIES) -> Self:
        """Queries and transactions of asyncpg, and its pool."""
        from watchbill.integrations.asyncpg import AsyncpgAttachment

        return self._attach(lambda: AsyncpgAttachment(self._ground, pool, name=name, queries=queries))

    def psycopg(self, pool: Any = None, *, name: str = "", queries: Queries = _QUERIES) -> Self:
        """Queries and transactions of psycopg 3, and psycopg_pool's pools."""
        from watchbill.integrations.psycopg import PsycopgAttachment

        return self._attach(lambda: PsycopgAttachment(self._ground, pool, name=name, queries=queries))

    def httpx(self, client: Any = None, *, upstreams: Mapping[str, str] | str = "") -> Self:
        """Calls of an httpx client, sync or asyncio.

        `upstreams` maps hosts, or the beginnings of addresses, to names, as in `{"api.stripe.com": "payments"}`; a
        name alone holds for the whole client.
        """
        from watchbill.integrations.httpx import HttpxAttachment

        return self._attach(lambda: HttpxAttachment(self._ground, client, upstreams=upstreams))

    def celery(self, app: Any = None) -> Self:
        """Messages that a Celery application sends and works on, and its queues in the broker."""
        from watchbill.integrations.celery import CeleryAttachment

        return self._attach(lambda: CeleryAttachment(self._ground, app))

    def arq(self, settings: Any = None) -> Self:
        """Jobs that arq enqueues and works on; `settings` is a worker's settings class, or an ArqRedis."""
        from watchbill.integrations.arq import ArqAttachment

        return self._attach(lambda: ArqAttachment(self._ground, settings))

    def taskiq(self, broker: Any) -> Self:
        """Messages that a taskiq broker sends and works on."""
        from watchbill.integrations.taskiq import TaskiqAttachment

        return self._attach(lambda: TaskiqAttachment(self._ground, broker))

    def queue(
        self,
        name: str,
        *,
        priorities: Sequence[str] = (),
        depth: Callable[[], Mapping[str, int]] | None = None,
        oldest: Callable[[], float] | None = None,
        rate: float = 0,
        burst: int = 0,
    ) -> "Queue":
        """A home-made queue, which tells of its messages itself; see `Queue`.

        `depth` returns the waiting messages by priority and `oldest` the age of the oldest in seconds; they are called
        every few seconds, never in a scrape. With `rate` per second and `burst` it has a token bucket.
        """
        from watchbill.queues.queue import Queue

        return Queue(self._ground, name, priorities=priorities, depth=depth, oldest=oldest, rate=rate, burst=burst)

    def cache(
        self,
        name: str,
        *,
        layer: str = "l1",
        ttl: float | None = None,
        price: float = 0.0,
        size: Callable[[], float] | None = None,
        items: Callable[[], float] | None = None,
    ) -> "Cache":
        """A cache of the application's own: a decorator around get-or-load, and a place to tell of reads and writes.

        `ttl` is in seconds; `price` is what a call that a hit saves would cost, in US dollars. `size` in bytes and
        `items` are asked for at each scrape. See `Cache`.
        """
        from watchbill.caches.cache import Cache

        return Cache(self._ground, name, layer=layer, ttl=ttl, price=price, size=size, items=items)

    def wrap_cache(self, cache: C, *, name: str, layer: str = "l1", price: float = 0.0, ttl: float | None = None) -> C:
        """The same cache of cachetools, cashews or aiocache, or one with `get` and `set`: as before, and it counts.

        `ttl` in seconds is its own where none is given.
        """
        from watchbill.caches.wrap import attachment_of

        attachment = attachment_of(self._ground, cache, name=name, layer=layer, price=price, ttl=ttl)
        self._attach(lambda: attachment)
        return cache

    def ai(self, upstream: str, api: str, *, prices: Mapping[str, Sequence[float]] | None = None) -> "AiApi":
        """Calls of an AI provider's API, with tokens and cost where the answer says; see `AiApi`.

        `prices` are US dollars per million tokens read, written and, where it differs, read from the provider's cache,
        by model.
        """
        from watchbill.outbound.ai import AiApi

        return AiApi(self._ground, upstream, api, prices=prices or {})

    def step(self, name: str, *, variant: str = "none") -> "Step":
        """A step that items go through, such as `thumbnail`; see `Step`."""
        from watchbill.work.step import Step

        return Step(self._ground, name, variant=variant)

    def batch(self, name: str, *, total: int = 0) -> "BatchJob":
        """A batch job, with its items and progress; see `BatchJob`."""
        from watchbill.work.batch import BatchJob

        return BatchJob(self._ground, name, total=total)

    def _attach(self, make: Callable[[], Attachment]) -> Self:
        attachment = make()
        if self._monitoring:
            self._clients.add(attachment)
        else:
            self._clients.note(attachment.kind, Entry(attachment.entry().subject, "off", OFF))
        return self
