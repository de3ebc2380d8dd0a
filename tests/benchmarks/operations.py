"""What clients.py measures: one operation on something behind a request, in every candidate's way.

Each candidate runs in a process of its own, since some peers patch whole libraries. An operation is made bare, then
instrumented; `run` does it so often. Candidates that make spans work inside a request's span, recorded or not.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from tests.benchmarks.candidates import Discard
from watchbill import Observability
from watchbill.asgi import Receive, Scope, Send
from watchbill.traces import Tracing

_HURRY_SECONDS = 60.0
_SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/",
    "query_string": b"",
    "headers": [],
    "server": ("127.0.0.1", 8000),
    "client": ("127.0.0.1", 50_000),
}


class Operation(ABC):
    """One of them; `server` is the Redis address where one is needed."""

    name: str
    times = 1
    """How many of it make one, where one alone is too short to measure."""

    def __init__(self, server: str) -> None:
        self.server = server

    @abstractmethod
    def make(self) -> None:
        """Connects, bare."""

    @abstractmethod
    def ours(self, observability: Observability) -> None:
        """Instruments it with Watchbill."""

    def theirs(self, provider: TracerProvider) -> None:  # noqa: ARG002  for those that have a peer
        """Instruments it with OpenTelemetry's contrib package; ImportError or RuntimeError where that declines."""
        raise RuntimeError("there is no peer")

    @abstractmethod
    async def run(self, count: int) -> None:
        """Does it."""


class RedisGet(Operation):
    """GET of a small value with redis-py."""

    name = "Redis GET"

    def make(self) -> None:
        import redis

        host, port = self.server.split(":")
        self.client: Any = redis.Redis(host=host, port=int(port))
        self.client.set("key", "value")

    def ours(self, observability: Observability) -> None:
        observability.redis(self.client)

    def theirs(self, provider: TracerProvider) -> None:
        from opentelemetry.instrumentation import redis

        instrumentor: Any = redis.RedisInstrumentor
        instrumentor().instrument(tracer_provider=provider)

    async def run(self, count: int) -> None:
        get = self.client.get
        for _ in range(count):
            get("key")


class RedisGetAsyncio(RedisGet):
    """The same with redis.asyncio."""

    name = "Redis GET, asyncio"

    def make(self) -> None:
        import redis.asyncio

        host, port = self.server.split(":")
        self.client = redis.asyncio.Redis(host=host, port=int(port))

    async def run(self, count: int) -> None:
        get = self.client.get
        for _ in range(count):
            await get("key")


class SqlalchemyExecute(Operation):
    """A statement on SQLite in memory, on one connection."""

    name = "SQLAlchemy execute"

    def make(self) -> None:
        from sqlalchemy import create_engine, text
        from sqlalchemy.pool import StaticPool

        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        self.statement = text("SELECT 1")

    def ours(self, observability: Observability) -> None:
        observability.sqlalchemy(self.engine)

    def theirs(self, provider: TracerProvider) -> None:
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

        SQLAlchemyInstrumentor().instrument(engine=self.engine, tracer_provider=provider)
        if not SQLAlchemyInstrumentor().is_instrumented_by_opentelemetry:
            raise RuntimeError("it declines this SQLAlchemy")

    async def run(self, count: int) -> None:
        with self.engine.connect() as connection:
            execute, statement = connection.execute, self.statement
            for _ in range(count):
                execute(statement)


class SqlalchemyCheckout(SqlalchemyExecute):
    """Check-out, statement, check-in."""

    name = "SQLAlchemy check-out, execute, check-in"

    def make(self) -> None:
        from sqlalchemy import create_engine, text
        from sqlalchemy.pool import QueuePool

        self.engine = create_engine(
            "sqlite://", poolclass=QueuePool, pool_reset_on_return=None, connect_args={"check_same_thread": False}
        )
        self.statement = text("SELECT 1")

    async def run(self, count: int) -> None:
        connect, statement = self.engine.connect, self.statement
        for _ in range(count):
            with connect() as connection:
                connection.execute(statement)


class CeleryPublish(Operation):
    """A message to a Redis broker."""

    name = "Celery publish"

    def make(self) -> None:
        from celery import Celery

        self.app: Any = Celery("bench", broker=f"redis://{self.server}/1")
        self.app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)
        self.left = 0
        self.over = threading.Event()

        @self.app.task(name="bench.work")
        def work() -> None:
            self.left -= 1
            if self.left == 0:
                self.over.set()

        self.task: Any = work

    def ours(self, observability: Observability) -> None:
        observability.celery(self.app)

    def theirs(self, provider: TracerProvider) -> None:
        from opentelemetry.instrumentation import celery

        instrumentor: Any = celery.CeleryInstrumentor
        instrumentor().instrument(tracer_provider=provider)

    async def run(self, count: int) -> None:
        send = self.task.apply_async
        for _ in range(count):
            send()


class CeleryConsume(CeleryPublish):
    """A worker's part of a message that is in the broker already, in a pool of one thread: publishing is not measured.

    `prepare` publishes, `run` waits until the worker has done all.
    """

    name = "Celery consume"

    def make(self) -> None:
        super().make()
        self.app.conf.task_default_queue = f"bench-{id(self)}"
        self.worker: Any = None

    def prepare(self, count: int) -> None:
        """Publishes what the next round works on, while the worker does not look."""
        if self.worker is not None:
            self.worker.consumer.cancel_task_queue(self.app.conf.task_default_queue)
        self.left = count
        self.over.clear()
        for _ in range(count):
            self.task.apply_async()

    async def run(self, count: int) -> None:  # noqa: ARG002  as many as were prepared
        if self.worker is None:
            self.worker = self.app.WorkController(
                pool="solo", without_gossip=True, without_mingle=True, loglevel="ERROR"
            )
            threading.Thread(target=self.worker.start, daemon=True).start()
        else:
            self.worker.consumer.add_task_queue(self.app.conf.task_default_queue)
        if not await asyncio.to_thread(self.over.wait, _HURRY_SECONDS):
            raise RuntimeError("the worker did not finish")


class CacheHit(Operation):
    """A cached function's hit."""

    name = "cache hit"
    times = 50

    def make(self) -> None:
        from functools import lru_cache

        @lru_cache
        def product(number: int) -> int:
            return number

        self.product: Callable[[int], int] = product

    def ours(self, observability: Observability) -> None:
        self.product = observability.cache("product")(self.product)

    async def run(self, count: int) -> None:
        product = self.product
        for _ in range(count):
            product(7)


OPERATIONS: dict[str, type[Operation]] = {
    kind.name: kind
    for kind in (
        RedisGet,
        RedisGetAsyncio,
        SqlalchemyExecute,
        SqlalchemyCheckout,
        CeleryPublish,
        CeleryConsume,
        CacheHit,
    )
}

Inside = Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, None]]


def alone(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    """Not in a request."""
    return work


def in_request(observability: Observability) -> Inside:
    """In a request of an instrumented application, with its span, current context and account."""
    from starlette.applications import Starlette

    waiting: list[Coroutine[Any, Any, None]] = []

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await waiting.pop()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = Starlette()
    app.__dict__["build_middleware_stack"] = lambda: answer
    observability.instrument(app)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None: ...

    async def inside(work: Coroutine[Any, Any, None]) -> None:
        waiting.append(work)
        await app(dict(_SCOPE), receive, send)

    return inside


def in_span(provider: TracerProvider) -> Inside:
    """In a span of the SDK's, as its own instrumentation of a server leaves it."""
    tracer = provider.get_tracer("bench")

    async def inside(work: Coroutine[Any, Any, None]) -> None:
        with tracer.start_as_current_span("request"):
            await work

    return inside


def bare(_operation: Operation) -> Inside:
    """Nothing around it."""
    return alone


def watchbill(ratio: float) -> Callable[[Operation], Inside]:
    """With metrics, the request's account, and spans."""

    def instrument(operation: Operation) -> Inside:
        tracing = Tracing(ratio=ratio, processors=(BatchSpanProcessor(Discard()),))
        # Log lines of the library itself are none of its instrumentation.
        observability = Observability("bench", tracing=tracing, logging=None, workers="off")
        operation.ours(observability)
        return in_request(observability)

    return instrument


def contrib(ratio: float) -> Callable[[Operation], Inside]:
    """OpenTelemetry's contrib package: spans, and next to no metrics."""

    def instrument(operation: Operation) -> Inside:
        provider = TracerProvider(sampler=ParentBasedTraceIdRatio(ratio))
        provider.add_span_processor(BatchSpanProcessor(Discard()))
        operation.theirs(provider)
        return in_span(provider)

    return instrument


BARE = "bare"
CANDIDATES: dict[str, Callable[[Operation], Inside]] = {
    BARE: bare,
    "watchbill, unsampled": watchbill(0),
    "watchbill, sampled": watchbill(1),
    "contrib, spans at 1 %": contrib(0.01),
    "contrib, spans at 100 %": contrib(1),
}
