"""arq's jobs are counted from end to end, and nothing about them changes."""

import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import arq
import pytest
from arq import Retry, cron
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.jobs import Job, JobStatus, SerializationError

from tests.instrumentation.queues.test_queue import messages
from tests.plugins.application import exposed, freed, quiet, until
from tests.plugins.redis_server import RedisServer
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    MESSAGE_STATUS,
    PUBLISHED,
    QUEUE,
    QUEUE_ATTEMPTS,
    QUEUE_CLOCK_SKEW,
    QUEUE_DEAD_LETTERS,
    QUEUE_DEPTH,
    QUEUE_DURATION,
    QUEUE_MESSAGES,
    QUEUE_OLDEST,
    QUEUE_POLL_ERRORS,
    QUEUE_RUNNING,
    QUEUE_SCHEDULED,
    QUEUE_WAIT,
    REASON,
    RETRIED,
    REVOKED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.queues import poller

ROOT = Path(__file__).parents[3]
QUEUE_NAME = "arq:queue"

# arq closes its pool by a name that newer redis-py calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")


async def plain(_context: dict[str, Any], number: int = 0) -> int:
    """Returns what it is given."""
    return number


async def failing(_context: dict[str, Any]) -> None:
    """Raises."""
    raise ValueError("bad picture")


async def flaky(context: dict[str, Any]) -> str:
    """Succeeds at the third try."""
    if context["job_try"] < 3:
        raise Retry(defer=0.1)
    return "done"


async def hopeless(_context: dict[str, Any]) -> None:
    """Never succeeds."""
    raise Retry


async def slow(_context: dict[str, Any]) -> None:
    """Takes longer than anybody waits."""
    await asyncio.sleep(60)


class Shy:
    """An argument that arq cannot write into its log."""

    def __repr__(self) -> str:
        raise ValueError("no")


FUNCTIONS: Any = [plain, failing, flaky, hopeless, slow]


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


async def work(redis: ArqRedis, **settings: Any) -> arq.Worker:
    """Runs what is due, and ends."""
    settings = {"burst": True, "poll_delay": 0.01, "max_tries": 3, "handle_signals": False, **settings}
    worker = arq.Worker(functions=FUNCTIONS, redis_pool=redis, **settings)
    await worker.async_run()
    return worker


@asynccontextmanager
async def working(redis: ArqRedis, **settings: Any) -> AsyncGenerator[arq.Worker]:
    """A worker that goes on meanwhile."""
    settings = {"poll_delay": 0.01, "max_tries": 3, "handle_signals": False, "allow_abort_jobs": True, **settings}
    worker = arq.Worker(functions=FUNCTIONS, redis_pool=redis, **settings)
    task = asyncio.create_task(worker.async_run())
    try:
        yield worker
    finally:
        # asyncio in Python 3.11 may lose a cancellation.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=0.1)
        for job in list(worker.job_tasks.values()):
            job.cancel()
        await asyncio.gather(task, *worker.tasks.values(), return_exceptions=True)


async def becomes(condition: Any) -> None:
    """Waits without holding up the loop."""
    await asyncio.to_thread(until, condition)


async def test_a_job_is_published_started_and_succeeds(redis: ArqRedis, observability: Observability) -> None:
    job = await redis.enqueue_job("plain", 7)
    assert isinstance(job, Job)

    await work(redis)

    assert await job.result(timeout=5) == 7
    found = exposed(observability)
    assert messages(observability, task="plain", queue=QUEUE_NAME) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert (found.value(QUEUE_RUNNING), found.count(QUEUE_DURATION), found.count(QUEUE_WAIT)) == (0, 1, 1)


async def test_functions_of_a_worker_stand_at_zero(redis: ArqRedis, observability: Observability) -> None:
    await redis.enqueue_job("plain")
    await work(redis)

    failures = exposed(observability).series(QUEUE_MESSAGES, {MESSAGE_STATUS: FAILED})
    assert failures == len(FUNCTIONS)


async def test_a_job_that_is_enqueued_already_is_not_published_again(
    redis: ArqRedis, observability: Observability
) -> None:
    first = await redis.enqueue_job("plain", _job_id="one")
    second = await redis.enqueue_job("plain", _job_id="one")

    assert (first is None, second) == (False, None)
    assert messages(observability) == {PUBLISHED: 1}


async def test_a_job_that_cannot_be_enqueued_raises_as_before(redis: ArqRedis, observability: Observability) -> None:
    with pytest.raises(SerializationError, match="unable to serialize job"):
        await redis.enqueue_job("plain", lambda: None)

    assert messages(observability) == {}


async def test_a_job_that_raises_fails(redis: ArqRedis, observability: Observability) -> None:
    job = await redis.enqueue_job("failing")
    assert job is not None

    worker = await work(redis)

    with pytest.raises(ValueError, match="bad picture"):
        await job.result(timeout=5)
    assert worker.jobs_failed == 1
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, FAILED: 1}


async def test_a_job_whose_arguments_cannot_be_shown_has_failed(redis: ArqRedis, observability: Observability) -> None:
    await redis.enqueue_job("plain", Shy())

    await work(redis)

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, FAILED: 1}


async def test_a_deferred_job_waits_from_when_it_is_due(redis: ArqRedis, observability: Observability) -> None:
    await redis.enqueue_job("plain", _defer_by=timedelta(seconds=0.6))
    await redis.enqueue_job("plain", _defer_by=0.6)
    await redis.enqueue_job("plain", _defer_until=datetime.now(UTC) + timedelta(seconds=0.6))

    await work(redis)

    found = exposed(observability)
    assert found.count(QUEUE_WAIT) == 3
    assert found.total(QUEUE_WAIT) < 0.9
    assert found.value(QUEUE_CLOCK_SKEW) == 0


async def test_a_retried_job_counts_each_delivery_and_waits_without_its_delays(
    redis: ArqRedis, observability: Observability
) -> None:
    await redis.enqueue_job("flaky")

    await work(redis)

    found = exposed(observability)
    assert messages(observability, task="flaky") == {PUBLISHED: 1, STARTED: 3, RETRIED: 2, SUCCEEDED: 1}
    assert (found.count(QUEUE_ATTEMPTS), found.total(QUEUE_ATTEMPTS)) == (1, 3)
    assert found.count(QUEUE_WAIT) == 3
    assert found.total(QUEUE_WAIT) < 0.25


@pytest.mark.parametrize(
    ("function", "reason", "started"), [("hopeless", "max_tries", 3), ("nobody", "unknown_function", 0)]
)
async def test_a_job_that_is_given_up_is_a_dead_letter(
    redis: ArqRedis, observability: Observability, function: str, reason: str, started: int
) -> None:
    await redis.enqueue_job(function)

    await work(redis)

    counted = messages(observability, task=function)
    assert (counted.get(STARTED, 0), counted.get(RETRIED, 0), counted[DEAD_LETTERED]) == (started, started, 1)
    letters = {QUEUE: QUEUE_NAME, TASK: function, REASON: reason}
    assert exposed(observability).value(QUEUE_DEAD_LETTERS, letters) == 1


async def test_a_job_that_expired_or_cannot_be_read_is_a_dead_letter(
    redis: ArqRedis, observability: Observability
) -> None:
    await redis.zadd(QUEUE_NAME, {"gone": 1, "rubbish": 1})
    await redis.set("arq:job:rubbish", b"rubbish")

    await work(redis)

    found = exposed(observability)
    assert found.values_of(QUEUE_DEAD_LETTERS, REASON) == {"expired", "undecodable"}
    assert messages(observability, task="unknown") == {DEAD_LETTERED: 2}


async def test_a_job_that_takes_too_long_has_failed(redis: ArqRedis, observability: Observability) -> None:
    await redis.enqueue_job("slow")

    await work(redis, job_timeout=0.05)

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, FAILED: 1}


async def test_an_aborted_job_is_revoked_whether_it_runs_or_not(redis: ArqRedis, observability: Observability) -> None:
    async with working(redis):
        runs, waits = await redis.enqueue_job("slow"), await redis.enqueue_job("plain", _defer_by=60)
        assert runs is not None
        assert waits is not None
        await becomes(lambda: exposed(observability).value(QUEUE_RUNNING, {TASK: "slow"}) == 1)
        aborted = [await runs.abort(timeout=5), await waits.abort(timeout=5)]

    assert aborted == [True, True]
    assert messages(observability, task="slow") == {PUBLISHED: 1, STARTED: 1, REVOKED: 1}
    assert messages(observability, task="plain") == {PUBLISHED: 1, REVOKED: 1}
    assert exposed(observability).value(QUEUE_RUNNING) == 0


async def test_a_worker_that_stops_gives_its_job_back(redis: ArqRedis, observability: Observability) -> None:
    job = await redis.enqueue_job("slow")
    assert job is not None

    async with working(redis) as worker:
        await becomes(lambda: exposed(observability).value(QUEUE_RUNNING) == 1)
        worker.handle_sig(signal.SIGUSR1)
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)

    found = messages(observability)
    # Until it has stopped, the worker may begin the job once more.
    assert found == {PUBLISHED: 1, STARTED: found[STARTED], RETRIED: found[STARTED]}
    assert await job.status() is JobStatus.queued


async def test_a_cron_job_is_a_message_like_any_other(redis: ArqRedis, observability: Observability) -> None:
    other_month = datetime.now(UTC).month % 12 + 1
    jobs = [cron(FUNCTIONS[0], name="yearly", month=other_month, day=15, run_at_startup=True, unique=True)]

    async with working(redis, cron_jobs=jobs):
        await becomes(lambda: messages(observability, task="yearly") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1})


async def test_depth_leaves_out_what_runs_and_what_is_not_due(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch, server: RedisServer
) -> None:
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.05)

    class Settings:
        """Of a worker."""

        functions = FUNCTIONS
        redis_settings = RedisSettings(port=server.port, password=server.password)

    observability = quiet().arq(Settings)
    await redis.enqueue_job("slow")
    async with working(redis, max_jobs=1):
        await becomes(lambda: exposed(observability).value(QUEUE_RUNNING) == 1)
        for _ in range(3):
            await redis.enqueue_job("plain")
        await redis.enqueue_job("plain", _defer_by=60)
        await becomes(lambda: exposed(observability).value(QUEUE_DEPTH, {QUEUE: QUEUE_NAME}) == 3)
        found = exposed(observability)
    observability.uninstrument(Settings)

    assert found.value(QUEUE_SCHEDULED) == 1
    assert 0 < found.value(QUEUE_OLDEST) < 10
    assert exposed(observability).series(QUEUE_DEPTH) == 0


async def test_pools_that_come_and_go_keep_no_queue_from_being_read(
    redis: ArqRedis, observability: Observability, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.05)
    settings = redis.connection_pool.connection_kwargs

    for _ in range(25):
        passing = ArqRedis(port=settings["port"], password=settings["password"])
        await passing.enqueue_job("plain")
        await passing.aclose()
    await redis.enqueue_job("plain", _queue_name="late")

    await becomes(lambda: exposed(observability).value(QUEUE_DEPTH, {QUEUE: "late"}) == 1)


async def test_a_wrong_password_is_told_once_and_nowhere_shown(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.05)
    settings = {"functions": FUNCTIONS, "redis_settings": RedisSettings(port=server.port, password="swordfish")}

    with caplog.at_level(logging.INFO):
        observability = quiet().arq(settings)
        await becomes(lambda: exposed(observability).value(QUEUE_POLL_ERRORS, {QUEUE: QUEUE_NAME}) > poller.MISSES)
        observability.uninstrument(settings)

    (told,) = [record.getMessage() for record in caplog.records if record.name == "watchbill"]
    assert told.startswith("watchbill: cannot read queues arq:queue: AuthenticationError")
    assert "swordfish" not in caplog.text


async def test_what_is_none_of_arqs_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="object is neither an ArqRedis"):
        quiet().arq(object())


def test_without_arq_one_error_says_what_to_install() -> None:
    script = "import sys; sys.modules['arq'] = None\nfrom watchbill import Observability, MissingExtra\n"
    script += "try: Observability('shop', tracing=None, logging=None).arq()\nexcept MissingExtra as error: print(error)"

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.startswith("obs.arq() needs arq, which is not installed.")
    assert 'pip install "watchbill[arq]"' in said
