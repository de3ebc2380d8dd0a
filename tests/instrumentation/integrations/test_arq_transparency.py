"""Whatever Watchbill does to arq, applications and workers without it see nothing of it."""

import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

import arq
import arq.connections
import arq.worker
import pytest
from arq.connections import ArqRedis, RedisSettings, create_pool

from tests.instrumentation.integrations.test_arq import becomes, work, working
from tests.instrumentation.queues.test_queue import ids_of, messages
from tests.plugins.application import freed, quiet
from tests.plugins.redis_server import RedisServer
from watchbill import Observability
from watchbill.catalogue.queue import (
    PUBLISHED,
    STARTED,
    SUCCEEDED,
)
from watchbill.testing import Spans

# arq closes its pool by a name that newer redis-py calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all tests of this file."""
    yield from RedisServer(tmp_path_factory.mktemp("redis")).running()


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[ArqRedis]:
    """An empty one."""
    found = await create_pool(RedisSettings(port=server.port, password=server.password))
    server.execute("FLUSHDB")
    yield found
    await found.aclose()


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Everything of arq is instrumented."""
    yield from freed(quiet().arq(), arq)


async def test_the_trace_goes_through_the_job_and_its_arguments_stay_as_they_are(redis: ArqRedis) -> None:
    spans = Spans()
    observability = quiet(tracing=spans.tracing).arq()
    queue = observability.queue("requests")
    try:
        with queue.process():
            job = await redis.enqueue_job("plain", 7)
            assert job is not None
        stored = await redis.get(f"arq:job:{job.job_id}")
        info = await job.info()
        await work(redis)
        result = await job.result_info()
    finally:
        observability.uninstrument(arq)

    send, request, process = spans.finished
    assert (send.name, process.name) == ("send arq:queue", "process plain")
    assert ids_of(process.parent) == ids_of(send.context)
    assert ids_of(process.context)[0] == ids_of(request.context)[0]
    assert isinstance(stored, bytes)
    assert pickle.loads(stored).keys() == {"t", "f", "a", "k", "et", "watchbill"}  # noqa: S301  our own
    assert info is not None
    assert (info.args, info.kwargs) == ((7,), {})
    assert result is not None
    assert (result.args, result.kwargs, result.result) == ((7,), {}, 7)
    kept = await redis.get(f"arq:result:{job.job_id}")
    assert isinstance(kept, bytes)
    assert b"watchbill" not in kept


async def test_an_uninstrumented_worker_runs_an_instrumented_job_and_the_other_way_round(redis: ArqRedis) -> None:
    observability = quiet().arq()
    first = await redis.enqueue_job("plain", 1)
    observability.uninstrument(arq)
    second = await redis.enqueue_job("plain", 2)
    assert first is not None
    assert second is not None

    await work(redis, max_burst_jobs=1)
    observability.arq()
    await work(redis)
    observability.uninstrument(arq)

    assert (await first.result(timeout=5), await second.result(timeout=5)) == (1, 2)
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}


async def test_a_serializer_that_refuses_our_key_is_left_in_peace(
    redis: ArqRedis, observability: Observability
) -> None:
    def strict(data: dict[str, Any]) -> bytes:
        if "watchbill" in data:
            raise KeyError(data)
        return pickle.dumps(data)

    redis.job_serializer = strict
    job = await redis.enqueue_job("plain", 7)
    assert job is not None
    await work(redis, job_serializer=strict)

    assert await job.result(timeout=5) == 7
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}


async def test_the_hooks_of_the_application_are_called_as_before(redis: ArqRedis, observability: Observability) -> None:
    called: list[str] = []

    def hook(name: str) -> Any:
        async def call(context: dict[str, Any]) -> None:
            called.append(f"{name} {context['job_try']}")

        return call

    await redis.enqueue_job("plain")
    await work(redis, on_job_start=hook("start"), on_job_end=hook("end"), after_job_end=hook("after"))

    assert called == ["start 1", "end 1", "after 1"]
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}


async def test_whoever_instruments_it_a_job_counts_once(redis: ArqRedis, observability: Observability) -> None:
    other = quiet()
    observability.arq(redis).arq()
    other.arq().arq(redis)
    await redis.enqueue_job("plain")
    await work(redis)
    other.uninstrument(redis)
    observability.uninstrument(redis)

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert messages(other) == {}


async def test_one_pool_alone_can_be_instrumented(redis: ArqRedis, server: RedisServer) -> None:
    observability = quiet().arq(redis)
    other = await create_pool(RedisSettings(port=server.port, password=server.password))
    await other.enqueue_job("plain")
    await redis.enqueue_job("plain")
    await other.aclose()
    observability.uninstrument(redis)

    assert messages(observability) == {PUBLISHED: 1}


async def test_uninstrumented_arq_is_as_it_was(redis: ArqRedis) -> None:
    def inside() -> list[Any]:
        modules = [vars(arq.connections)["serialize_job"]]
        modules += [vars(arq.worker)[name] for name in ("deserialize_job_raw", "serialize_result")]
        return [ArqRedis.enqueue_job, arq.Worker.run_job, *modules]

    before = inside()
    observability = quiet().arq()
    async with working(redis) as worker:
        await redis.enqueue_job("plain")
        await becomes(lambda: messages(observability).get(SUCCEEDED) == 1)
        assert all(ours is not theirs for ours, theirs in zip(inside(), before, strict=True))
        observability.uninstrument(arq)

        assert inside() == before
        assert type(worker.job_tasks) is dict
        assert worker.on_job_start is None
