"""What callers of SQLAlchemy's pools wait for and hold, with asyncio too; pools are followed, and let go of."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

from tests.plugins.application import exposed, quiet, until
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.watched_pool import WatchedPool as Watched
from tests.plugins.watched_pool import engines, ground, told, watching
from watchbill import InvalidDeclaration, Switches
from watchbill.catalogue.pool import (
    BROKEN,
    CONNECTION_HOLD,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_WAITING,
    DB,
)
from watchbill.integrations.sqlalchemy_pool import PoolAttachment


@pytest.fixture(params=["events", "scrape"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    """Shown by events alone, and by scrapes."""
    with watching(told(tmp_path / "workers") if request.param == "events" else quiet()) as found:
        yield found


@pytest.fixture
def seen() -> Iterator[Watched]:
    """Shown as ever."""
    with watching(quiet()) as found:
        yield found


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., sa.Engine]]:
    """Makes engines on a database file."""
    with engines(tmp_path / "shop.db") as found:
        yield found


class TestCallers:
    """What they wait for and hold."""

    def test_that_wait_are_shown_while_they_do(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=1, max_overflow=0)
        watched.attach(engine)
        done: list[int] = []

        def work() -> None:
            engine.connect().close()
            done.append(1)

        held = engine.connect()
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: exposed(watched.obs).value(CONNECTIONS_WAITING) == 3)
        assert watched.agrees(engine)
        assert not done
        held.close()
        for thread in threads:
            thread.join()
        found = exposed(watched.obs)
        assert found.value(CONNECTIONS_WAITING) == 0
        assert found.count(CONNECTION_WAIT) == found.count(CONNECTION_HOLD) == 4
        assert watched.agrees(engine)

    def test_hold_a_connection_from_check_out_to_return(self, seen: Watched, make: Any) -> None:
        engine = make()
        seen.attach(engine)
        with engine.connect():
            assert exposed(seen.obs).count(CONNECTION_HOLD) == 0
            assert exposed(seen.obs).count(CONNECTION_WAIT) == 1
        assert exposed(seen.obs).count(CONNECTION_HOLD) == 1

    def test_in_many_threads_leave_the_numbers_right(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=3, max_overflow=2)
        watched.attach(engine)

        def work() -> None:
            for _ in range(60):
                with engine.connect() as connection:
                    connection.exec_driver_sql("SELECT 1")

        threads = [threading.Thread(target=work) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert watched.agrees(engine)
        assert exposed(watched.obs).count(CONNECTION_HOLD) == 600
        assert exposed(watched.obs).value(CONNECTIONS_WAITING) == 0


class TestAsyncio:
    """Engines of asyncio, over asyncpg."""

    async def test_a_pool_shows_its_numbers_and_its_waiting_callers(
        self, watched: Watched, postgres_server: PostgresServer
    ) -> None:
        engine = create_async_engine(postgres_server.engine_address("asyncpg"), pool_size=1, max_overflow=1)
        watched.attach(engine)
        held = [await engine.connect(), await engine.connect()]
        assert watched.numbers() == (2, 0, 2, 1)
        waiting = asyncio.ensure_future(_connect_and_close(engine))
        await asyncio.sleep(0)
        await asyncio.to_thread(until, lambda: exposed(watched.obs).value(CONNECTIONS_WAITING) >= 1)
        await held[0].close()
        await waiting
        assert watched.agrees(engine)
        await held[1].close()
        assert watched.agrees(engine)
        await engine.dispose()
        assert watched.numbers() == (0, 0, 2, 0)

    async def test_a_cancelled_wait_is_neither_a_timeout_nor_left_behind(
        self, watched: Watched, postgres_server: PostgresServer
    ) -> None:
        engine = create_async_engine(postgres_server.engine_address("asyncpg"), pool_size=1, max_overflow=0)
        watched.attach(engine)
        async with engine.connect():
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(_connect_and_close(engine), 0.05)
            assert exposed(watched.obs).value(CONNECTIONS_WAITING) == 0
            assert watched.agrees(engine)
        assert exposed(watched.obs).value(CONNECTION_TIMEOUTS) == 0
        assert watched.agrees(engine)
        await engine.dispose()

    async def test_a_connection_left_to_the_garbage_collector_is_no_longer_active(
        self, watched: Watched, postgres_server: PostgresServer
    ) -> None:
        engine = create_async_engine(postgres_server.engine_address("asyncpg"), pool_size=2)
        watched.attach(engine)
        connection: Any = await engine.raw_connection()
        assert watched.numbers()[0] == 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            del connection
            gc.collect()
        await asyncio.sleep(0)
        assert watched.agrees(engine)
        assert watched.numbers()[0] == 0
        assert watched.recycled(BROKEN) == 0
        await engine.dispose()


async def _connect_and_close(engine: Any) -> None:
    async with engine.connect():
        pass


def attributes(engine: Any) -> tuple[set[str], set[str]]:
    """Of its pool, and of the pool's queue."""
    return set(cast("dict[str, Any]", vars(engine.pool))), set(cast("dict[str, Any]", vars(engine.pool._pool)))


class TestAttachments:
    """To pools."""

    def test_leave_nothing_behind_when_they_end(self, seen: Watched, make: Any) -> None:
        engine: Any = make()
        before = attributes(engine)
        attachment = seen.attach(engine)
        held = engine.connect()
        engine.dispose()
        engine.connect().close()
        attachment.detach()
        assert attributes(engine) == before
        held.close()
        engine.connect().close()
        assert seen.numbers() == (0, 0, 0, 0)
        assert exposed(seen.obs).count(CONNECTION_WAIT) == 2

    def test_do_nothing_under_a_layer_of_somebody_else_once_they_ended(self, seen: Watched, make: Any) -> None:
        engine: Any = make()
        attachment = seen.attach(engine)
        engine.pool.connect = partial(engine.pool.connect)
        attachment.detach()
        engine.connect().close()
        assert exposed(seen.obs).count(CONNECTION_WAIT) == 0

    def test_count_a_pool_once(self, seen: Watched, make: Any) -> None:
        engine = make()
        other = Watched(quiet())
        for each in (seen, seen, other):
            PoolAttachment(ground(each.obs), engine.execution_options(a=1), "main").attach()
        PoolAttachment(ground(seen.obs), engine.pool, "main").attach()
        engine.connect().close()
        assert exposed(seen.obs).count(CONNECTION_WAIT) == 1
        assert exposed(other.obs).count(CONNECTION_WAIT) == 0
        assert seen.numbers() == (0, 1, 15, 0)

    def test_can_be_put_in_again(self, seen: Watched, make: Any) -> None:
        engine = make()
        for _ in range(2):
            attachment = seen.attach(engine)
            engine.connect().close()
            attachment.detach()
        assert exposed(seen.obs).count(CONNECTION_HOLD) == 2

    def test_of_a_pool_made_from_another_engines_pool_are_its_own(self, seen: Watched, make: Any) -> None:
        first = make(pool_size=1)
        seen.attach(first)
        second = sa.create_engine("sqlite://", pool=first.pool.recreate())
        seen.attach(second, "second")
        second.connect().close()
        found = exposed(seen.obs)
        assert found.count(CONNECTION_WAIT, {DB: "main"}) == 0
        assert found.count(CONNECTION_WAIT, {DB: "second"}) == 1

    def test_keep_no_engine(self, seen: Watched, tmp_path: Path) -> None:
        engine: Any = sa.create_engine(f"sqlite:///{tmp_path / 'gone.db'}", poolclass=QueuePool)
        attachment = seen.attach(engine)
        engine.connect().close()
        engine.pool.dispose()
        assert seen.numbers() == (0, 0, 15, 0)
        del engine
        gc.collect()
        assert attachment.pool is None
        assert seen.numbers() == (0, 0, 0, 0)

    def test_to_something_else_are_refused(self, seen: Watched) -> None:
        with pytest.raises(InvalidDeclaration, match="str has no pool of SQLAlchemy; give an engine or a pool"):
            PoolAttachment(ground(seen.obs), "sqlite://", "main")

    def test_change_no_result_without_metrics(self, make: Any) -> None:
        obs = quiet(switches=Switches(metrics=False))
        engine = make()
        attachment = PoolAttachment(ground(obs), engine, "main")
        attachment.attach()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        attachment.detach()
