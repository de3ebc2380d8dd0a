"""taskiq's messages are counted from end to end, and nothing about them changes."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from taskiq import Context, InMemoryBroker, SimpleRetryMiddleware, SmartRetryMiddleware, TaskiqDepends, TaskiqMiddleware
from taskiq.abc.broker import AsyncBroker
from taskiq.exceptions import SendTaskError
from taskiq.message import BrokerMessage, TaskiqMessage
from taskiq.receiver import Receiver
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend, RedisStreamBroker

from tests.instrumentation.queues.test_queue import ids_of, messages
from tests.plugins.application import exposed, quiet, until
from tests.plugins.redis_server import RedisServer
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    LOST,
    MESSAGE_STATUS,
    PRIORITY,
    PUBLISHED,
    QUEUE,
    QUEUE_ATTEMPTS,
    QUEUE_CLOCK_SKEW,
    QUEUE_DEAD_LETTERS,
    QUEUE_DEPTH,
    QUEUE_MESSAGES,
    QUEUE_OLDEST,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    REASON,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.queues import poller
from watchbill.queues.publication import Publication
from watchbill.testing import Spans

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all tests of this file."""
    found = RedisServer(tmp_path_factory.mktemp("redis"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def url(server: RedisServer) -> str:
    """Of an empty database."""
    server.execute("FLUSHDB")
    return f"redis://:{server.password}@127.0.0.1:{server.port}"


@pytest.fixture
async def broker() -> AsyncIterator[InMemoryBroker]:
    """One that works on its messages itself, when it sends them."""
    found = InMemoryBroker(await_inplace=True)
    yield found
    await found.shutdown()


async def double(number: int) -> int:
    """A task."""
    return 2 * number


def half(number: int) -> float:
    """A task that is no coroutine."""
    return number / 2


async def fail() -> None:
    """A task that raises."""
    raise ValueError("bad picture")


@asynccontextmanager
async def working(broker: AsyncBroker) -> AsyncGenerator[None]:
    """A worker's receiver, in this process."""
    broker.is_worker_process = True
    receiver, finish = Receiver(broker, max_async_tasks=10), asyncio.Event()
    task = asyncio.create_task(receiver.listen(finish))
    try:
        yield
    finally:
        finish.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def becomes(condition: Any) -> None:
    """Waits without holding up the loop."""
    await asyncio.to_thread(until, condition)


@pytest.mark.parametrize(("function", "answer"), [(double, 14), (half, 3.5)])
async def test_a_message_is_published_started_and_succeeds(broker: InMemoryBroker, function: Any, answer: Any) -> None:
    observability = quiet().taskiq(broker)
    task = broker.register_task(function, "work")

    result = await (await task.kiq(7)).wait_result()

    found = exposed(observability)
    assert (result.return_value, result.labels) == (answer, {})
    assert messages(observability, queue="taskiq", task="work") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert (found.value(QUEUE_RUNNING), found.count(QUEUE_WAIT), found.count(QUEUE_ATTEMPTS)) == (0, 1, 1)


async def test_tasks_of_a_broker_stand_at_zero(broker: InMemoryBroker) -> None:
    broker.register_task(double, "work")
    observability = quiet().taskiq(broker)

    assert exposed(observability).series(QUEUE_MESSAGES, {TASK: "work", MESSAGE_STATUS: FAILED}) == 1


async def test_a_message_that_raises_fails(broker: InMemoryBroker) -> None:
    observability = quiet().taskiq(broker)
    task = broker.register_task(fail, "work")

    result = await (await task.kiq()).wait_result()

    assert isinstance(result.error, ValueError)
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, FAILED: 1}


RETRYING: list[Any] = [
    lambda: SimpleRetryMiddleware(default_retry_count=3),
    lambda: SimpleRetryMiddleware(default_retry_count=3, no_result_on_retry=False),
    lambda: SmartRetryMiddleware(default_retry_count=3, default_delay=30, use_jitter=False),
]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("retrying", RETRYING)
async def test_a_retried_message_is_published_once_and_then_given_up(
    broker: InMemoryBroker, retrying: Any, *, first: bool
) -> None:
    observability = quiet()
    if first:
        observability.taskiq(broker)
    broker.add_middlewares(retrying())
    observability.taskiq(broker)
    task = broker.register_task(fail, "work", retry_on_error=True)

    await task.kiq()

    found = exposed(observability)
    assert messages(observability) == {PUBLISHED: 1, STARTED: 3, RETRIED: 2, DEAD_LETTERED: 1}
    assert found.value(QUEUE_DEAD_LETTERS, {TASK: "work", REASON: "ValueError"}) == 1
    assert (found.count(QUEUE_ATTEMPTS), found.total(QUEUE_ATTEMPTS)) == (1, 3)
    assert (found.count(QUEUE_WAIT), found.value(QUEUE_CLOCK_SKEW), found.value(QUEUE_RUNNING)) == (3, 0, 0)


async def test_a_requeued_message_comes_again_and_a_rejected_one_is_a_dead_letter(broker: InMemoryBroker) -> None:
    observability = quiet().taskiq(broker)

    async def decide(context: Context = TaskiqDepends()) -> None:  # noqa: B008  taskiq's way
        if not context.message.labels.get("X-Taskiq-requeue"):
            await context.requeue()
        context.reject()

    await broker.register_task(decide, "work").kiq()

    assert messages(observability) == {PUBLISHED: 1, STARTED: 2, RETRIED: 1, DEAD_LETTERED: 1}
    assert exposed(observability).values_of(QUEUE_DEAD_LETTERS, REASON) == {"rejected"}


async def test_tasks_that_send_tasks_are_counted_each(broker: InMemoryBroker) -> None:
    observability = quiet().taskiq(broker)
    inner = broker.register_task(double, "inner")

    async def outer() -> None:
        await inner.kiq(1)
        await inner.kiq(2)

    await broker.register_task(outer, "outer").kiq()

    assert messages(observability, task="outer") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert messages(observability, task="inner") == {PUBLISHED: 2, STARTED: 2, SUCCEEDED: 2}


async def test_a_message_that_is_not_sent_raises_as_before_and_is_not_published(broker: InMemoryBroker) -> None:
    observability = quiet().taskiq(broker)
    task = broker.register_task(double, "work")
    broker.local_task_registry.clear()

    with pytest.raises(Exception, match="Cannot send"):
        await task.kiq(1)
    broker.register_task(double, "other")
    await broker.local_task_registry["other"].kiq(1)

    assert messages(observability, task="work") == {}
    assert messages(observability, task="other") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}


async def test_a_broker_that_is_away_for_long_leaves_no_messages_behind() -> None:
    class Away(InMemoryBroker):
        """Takes nothing."""

        async def kick(self, message: BrokerMessage) -> None:
            raise ConnectionError(message.task_id)

    broker = Away()
    observability = quiet().taskiq(broker)
    task = broker.register_task(double, "work")

    for _ in range(300):
        with pytest.raises(SendTaskError):
            await task.kiq(1)
    gc.collect()

    assert sum(type(found) is Publication for found in gc.get_objects()) < 150
    assert messages(observability) == {}
    await broker.shutdown()


async def test_a_failing_middleware_leaves_no_message_running() -> None:
    class Failing(TaskiqMiddleware):
        def post_execute(self, message: TaskiqMessage, result: Any) -> None:
            raise RuntimeError(f"{message.task_name}: {result.return_value}")

    broker = InMemoryBroker()
    observability = quiet().taskiq(broker)
    broker.add_middlewares(Failing())
    await broker.register_task(double, "work").kiq(1)
    with pytest.raises(RuntimeError, match="work: 2"):
        await broker.wait_all()
    await asyncio.sleep(0)
    await broker.shutdown()

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, LOST: 1}
    assert exposed(observability).value(QUEUE_RUNNING) == 0


async def test_the_trace_goes_through_the_message_into_coroutines_and_threads(broker: InMemoryBroker) -> None:
    spans = Spans()
    observability = quiet(tracing=spans.tracing).taskiq(broker)
    queue = observability.queue("requests")

    with queue.process():
        await broker.register_task(double, "work").kiq(1)

    process, send, request = spans.finished
    assert [span.name for span in (process, send, request)] == ["process work", "send taskiq", "process requests"]
    assert ids_of(process.parent) == ids_of(send.context)
    assert ids_of(process.context)[0] == ids_of(request.context)[0]
    assert (process.attributes or {})["messaging.system"] == "taskiq"


async def test_the_priority_and_the_queue_are_the_messages_labels(broker: InMemoryBroker) -> None:
    observability = quiet().taskiq(broker)
    task = broker.register_task(double, "work", priority=9, queue_name="urgent")

    result = await (await task.kiq(1)).wait_result()

    found = exposed(observability)
    assert result.labels == {"priority": 9, "queue_name": "urgent"}
    assert messages(observability, queue="urgent") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert found.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: "9", MESSAGE_STATUS: SUCCEEDED}) == 1


async def test_instrumenting_twice_counts_once_and_uninstrumenting_ends_it(broker: InMemoryBroker) -> None:
    task = broker.register_task(double, "work")
    before = list(broker.middlewares)
    observability, other = quiet().taskiq(broker).taskiq(broker), quiet().taskiq(broker)

    await task.kiq(1)
    observability.uninstrument(broker)
    await task.kiq(1)

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert messages(other) == {}
    assert broker.middlewares == before


@pytest.mark.parametrize("kind", [ListQueueBroker, RedisStreamBroker])
async def test_messages_go_through_redis(kind: Any, url: str) -> None:
    broker = kind(url, queue_name="images").with_result_backend(RedisAsyncResultBackend(url))
    task = broker.register_task(double, "work")
    observability = quiet().taskiq(broker)

    async with working(broker):
        await asyncio.sleep(0)
        await broker.startup()
        results = [await (await task.kiq(number)).wait_result(timeout=10) for number in range(20)]
        await becomes(lambda: messages(observability).get(SUCCEEDED) == 20)
    observability.uninstrument(broker)
    await broker.shutdown()

    assert [result.return_value for result in results] == [2 * number for number in range(20)]
    assert messages(observability, queue="images") == {PUBLISHED: 20, STARTED: 20, SUCCEEDED: 20}
    assert exposed(observability).count(QUEUE_WAIT) == 20


async def test_an_uninstrumented_worker_takes_an_instrumented_message(url: str) -> None:
    sender, receiver = ListQueueBroker(url, queue_name="images"), ListQueueBroker(url, queue_name="images")
    done: list[int] = []

    async def work(number: int) -> None:
        done.append(number)

    observability = quiet().taskiq(sender)
    receiver.register_task(work, "work")
    await sender.register_task(work, "work").kiq(7)
    async with working(receiver):
        await becomes(lambda: done == [7])
    observability.uninstrument(sender)
    await sender.shutdown()
    await receiver.shutdown()

    assert messages(observability) == {PUBLISHED: 1}


@pytest.mark.parametrize("kind", [ListQueueBroker, RedisStreamBroker])
async def test_depth_and_age_are_what_redis_holds(kind: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.05)
    broker = kind(url, queue_name="images")
    observability = quiet().taskiq(broker)
    task = broker.register_task(double, "work")
    await broker.startup()
    for number in range(3):
        await task.kiq(number)

    await becomes(lambda: exposed(observability).value(QUEUE_DEPTH, {QUEUE: "images"}) == 3)
    age = exposed(observability).value(QUEUE_OLDEST)
    async with working(broker):
        await becomes(lambda: exposed(observability).value(QUEUE_DEPTH) == 0)
    observability.uninstrument(broker)
    await broker.shutdown()

    assert 0 < age < 10
    assert exposed(observability).series(QUEUE_DEPTH) == 0


async def test_what_is_no_broker_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="object is no broker"):
        quiet().taskiq(object())


def test_without_taskiq_one_error_says_what_to_install() -> None:
    script = "import sys; sys.modules['taskiq'] = None\nfrom watchbill import Observability, MissingExtra\n"
    script += (
        "try: Observability('shop', tracing=None, logging=None).taskiq(1)\nexcept MissingExtra as error: print(error)"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.startswith("obs.taskiq() needs taskiq, which is not installed.")
    assert 'pip install "watchbill[taskiq]"' in said


async def test_labels_on_the_way_hold_nothing_but_when_it_is_due_and_the_trace(url: str) -> None:
    broker = ListQueueBroker(url, queue_name="images")
    observability = quiet().taskiq(broker)
    await broker.register_task(double, "work", size="large").kiq(1)
    async with Redis(connection_pool=broker.connection_pool) as redis:
        raw = await redis.lindex("images", 0)
    observability.uninstrument(broker)
    await broker.shutdown()

    assert isinstance(raw, bytes)
    assert set(broker.formatter.loads(message=raw).labels) == {"size", "watchbill-due"}


def test_an_entry_of_the_report_says_so() -> None:
    broker = InMemoryBroker()
    observability: Observability = quiet().taskiq(broker)

    assert observability.report()["taskiq"].state == "on"
