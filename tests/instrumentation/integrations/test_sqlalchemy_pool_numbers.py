"""SQLAlchemy's pools of every kind show their own numbers at every step."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import AssertionPool, NullPool, SingletonThreadPool, StaticPool

from tests.plugins.application import exposed, quiet
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.watched_pool import WatchedPool as Watched
from tests.plugins.watched_pool import engines, told, watching
from watchbill.catalogue.pool import (
    AGE,
    BROKEN,
    CONNECTION_ERRORS,
    CONNECTION_HOLD,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_WAITING,
    DB,
)


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


def kill(server: PostgresServer) -> None:
    """Ends every other connection to the server."""
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


class TestNumbers:
    """Equal to the pool's own, after each step."""

    def test_follow_connections_through_overflow_and_back(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=2, max_overflow=1)
        watched.attach(engine)
        assert watched.numbers() == (0, 0, 3, 0)
        held = [engine.connect() for _ in range(3)]
        assert watched.numbers() == (3, 0, 3, 1)
        for connection in held:
            connection.close()
            assert watched.agrees(engine)
        assert watched.numbers() == (0, 2, 3, 0)

    def test_follow_detach(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=2)
        watched.attach(engine)
        connection = engine.connect()
        connection.detach()
        assert watched.agrees(engine)
        connection.close()
        assert watched.agrees(engine)
        assert watched.numbers()[0] == 0

    @pytest.mark.parametrize("soft", [False, True])
    def test_follow_invalidation(self, watched: Watched, make: Any, *, soft: bool) -> None:
        engine = make(pool_size=2)
        watched.attach(engine)
        connection = engine.raw_connection()
        connection.invalidate(soft=soft)
        assert watched.agrees(engine)
        if soft:
            connection.close()
        engine.connect().close()
        assert watched.agrees(engine)
        assert watched.recycled(BROKEN) == 1
        assert watched.recycled(AGE) == 0

    def test_follow_a_dispose_with_connections_out(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=2)
        watched.attach(engine)
        out, idle = engine.connect(), engine.connect()
        idle.close()
        assert watched.numbers() == (1, 1, 12, 0)
        engine.dispose()
        assert watched.agrees(engine)
        assert watched.numbers() == (0, 0, 12, 0)
        fresh = engine.connect()
        assert watched.numbers() == (1, 0, 12, 0)
        out.close()
        assert watched.agrees(engine)
        fresh.close()
        assert watched.numbers() == (0, 1, 12, 0)

    def test_follow_a_pool_that_is_replaced_but_not_closed(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=2)
        watched.attach(engine)
        out = engine.connect()
        engine.execution_options(isolation_level="AUTOCOMMIT").dispose(close=False)
        assert watched.numbers() == (0, 0, 12, 0)
        out.close()
        assert watched.agrees(engine)

    def test_stay_above_zero_when_a_disposed_pool_gets_a_connection_back(self, seen: Watched, make: Any) -> None:
        pool = make(pool_size=2).pool
        seen.attach(pool)
        out = pool.connect()
        pool.dispose()
        out.close()
        assert pool.checkedout() == -1
        assert seen.numbers()[:2] == (0, 1)

    def test_follow_a_connection_that_is_left_to_the_garbage_collector(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=2)
        watched.attach(engine)
        connection: Any = engine.raw_connection()
        assert watched.numbers()[0] == 1
        del connection
        gc.collect()
        assert watched.agrees(engine)
        assert watched.numbers() == (0, 1, 12, 0)

    def test_follow_a_timeout(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=1, max_overflow=0, pool_timeout=0.01)
        watched.attach(engine)
        with engine.connect(), pytest.raises(exc.TimeoutError, match="QueuePool limit"):
            engine.connect()
        assert watched.agrees(engine)
        found = exposed(watched.obs)
        assert found.value(CONNECTION_TIMEOUTS) == 1
        assert found.value(CONNECTION_ERRORS) == 0
        assert found.count(CONNECTION_WAIT) == 2
        assert found.total(CONNECTION_WAIT) >= 0.01
        assert found.value(CONNECTIONS_WAITING) == 0

    def test_follow_a_failed_connect(self, watched: Watched, make: Any) -> None:
        mistake = RuntimeError("no such harbour")

        def fail() -> Any:
            raise mistake

        engine = make(creator=fail, pool_size=1)
        watched.attach(engine)
        with pytest.raises(RuntimeError) as raised:
            engine.connect()
        assert raised.value is mistake
        assert watched.agrees(engine)
        found = exposed(watched.obs)
        assert found.value(CONNECTION_ERRORS) == 1
        assert found.value(CONNECTIONS_OPENED) == 0
        assert found.count(CONNECTION_WAIT) == 1
        assert found.count(CONNECTION_HOLD) == 0

    def test_follow_recycling_by_age(self, watched: Watched, make: Any) -> None:
        engine = make(pool_recycle=100)
        watched.attach(engine)
        with engine.connect() as connection:
            connection.connection._connection_record.starttime -= 101
        engine.connect().close()
        assert watched.agrees(engine)
        assert (watched.recycled(AGE), watched.recycled(BROKEN)) == (1, 0)
        assert exposed(watched.obs).value(CONNECTIONS_OPENED) == 2

    def test_follow_a_failed_ping(self, watched: Watched, postgres_server: PostgresServer) -> None:
        engine = sa.create_engine(postgres_server.engine_address(), pool_pre_ping=True, pool_size=2)
        watched.attach(engine)
        held = [engine.connect(), engine.connect()]
        for connection in held:
            connection.close()
        kill(postgres_server)
        for connection in [engine.connect(), engine.connect()]:
            assert watched.agrees(engine)
            connection.close()
        assert watched.agrees(engine)
        assert (watched.recycled(AGE), watched.recycled(BROKEN)) == (0, 2)
        assert exposed(watched.obs).value(CONNECTIONS_OPENED) == 4
        engine.dispose()

    def test_follow_a_server_that_goes_and_comes_back(self, watched: Watched, postgres_server: PostgresServer) -> None:
        engine = sa.create_engine(postgres_server.engine_address(), pool_size=2)
        watched.attach(engine)
        engine.connect().close()
        postgres_server.stop()
        with engine.connect() as connection, pytest.raises(exc.OperationalError):
            connection.execute(sa.text("SELECT 1"))
        assert watched.agrees(engine)
        with pytest.raises(exc.OperationalError):
            engine.connect()
        assert watched.agrees(engine)
        assert exposed(watched.obs).value(CONNECTION_ERRORS) == 1
        postgres_server.start()
        engine.connect().close()
        assert watched.agrees(engine)
        assert watched.recycled(BROKEN) == 1
        engine.dispose()


class TestPools:
    """Of other kinds."""

    def test_without_a_pool_count_what_is_out(self, watched: Watched, make: Any) -> None:
        engine = make(poolclass=NullPool)
        watched.attach(engine)
        held = [engine.connect(), engine.connect()]
        assert watched.numbers()[:2] == (2, 0)
        held[0].detach()
        assert watched.numbers()[0] == 1
        raw = engine.raw_connection()
        engine.dispose()
        assert watched.numbers()[0] == 2
        del raw
        gc.collect()
        held[1].close()
        held[0].close()
        assert watched.numbers()[:2] == (0, 0)
        assert exposed(watched.obs).series(CONNECTIONS_MAX) == 0
        assert exposed(watched.obs).count(CONNECTION_HOLD) == 3

    def test_of_one_connection_for_all_show_one(self, watched: Watched, make: Any) -> None:
        engine = make(poolclass=StaticPool)
        watched.attach(engine)
        assert watched.numbers() == (0, 0, 1, 0)
        connection = engine.connect()
        assert watched.numbers() == (1, 0, 1, 0)
        connection.close()
        assert watched.numbers() == (0, 1, 1, 0)
        engine.dispose()
        assert watched.numbers() == (0, 0, 1, 0)

    def test_of_one_connection_per_thread_show_those_in_use(self, watched: Watched, make: Any) -> None:
        engine = make(poolclass=SingletonThreadPool, pool_size=4)
        watched.attach(engine)
        first, again = engine.connect(), engine.connect()
        assert watched.numbers() == (1, 0, 4, 0)
        again.close()
        assert watched.numbers() == (1, 0, 4, 0)
        first.close()
        assert watched.numbers() == (0, 1, 4, 0)
        assert exposed(watched.obs).count(CONNECTION_WAIT) == exposed(watched.obs).count(CONNECTION_HOLD) == 1

    def test_of_one_check_out_at_a_time_show_it(self, watched: Watched, make: Any) -> None:
        engine = make(poolclass=AssertionPool)
        watched.attach(engine)
        with engine.connect():
            assert watched.numbers() == (1, 0, 1, 0)
            with pytest.raises(AssertionError, match="already checked out"):
                engine.connect()
        assert watched.numbers() == (0, 1, 1, 0)

    def test_without_a_limit_show_none(self, watched: Watched, make: Any) -> None:
        engine = make(pool_size=0)
        watched.attach(engine)
        with engine.connect():
            assert exposed(watched.obs).series(CONNECTIONS_MAX) == 0
            assert watched.numbers()[0] == 1
        assert watched.numbers() == (0, engine.pool.checkedin(), 0, 0)

    def test_of_one_name_add_up(self, watched: Watched, make: Any) -> None:
        first, second, other = make(pool_size=1), make(pool_size=2), make(pool_size=5)
        attachments = [watched.attach(first), watched.attach(second)]
        watched.attach(other, "reports")
        with first.connect(), second.connect(), second.connect():
            found = exposed(watched.obs)
            assert found.value(CONNECTIONS_ACTIVE, {DB: "main"}) == 3
            assert found.value(CONNECTIONS_MAX, {DB: "main"}) == 23
            attachments[1].detach()
            assert exposed(watched.obs).value(CONNECTIONS_ACTIVE, {DB: "main"}) == 1
        assert exposed(watched.obs).value(CONNECTIONS_ACTIVE, {DB: "reports"}) == 0
