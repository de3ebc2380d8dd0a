"""Pools of asyncpg show their own numbers, and what their callers wait for."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import asyncpg
import pytest

from tests.plugins.application import exposed, freed, quiet, until
from tests.plugins.asyncpg_harbour import AsyncpgHarbour as Harbour
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.watched_pool import told
from watchbill import Observability
from watchbill.catalogue.database import (
    QUERY_DURATION,
)
from watchbill.catalogue.pool import (
    AGE,
    BROKEN,
    CONNECTION_ERRORS,
    CONNECTION_HOLD,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_RECYCLED,
    CONNECTIONS_WAITING,
    RECYCLE_REASON,
)


@pytest.fixture
def harbour(postgres_server: PostgresServer) -> Harbour:
    """A server with a table."""
    return Harbour(postgres_server)


@pytest.fixture
def obs() -> Iterator[Observability]:
    """All of asyncpg is instrumented until the test ends."""
    yield from freed(quiet().asyncpg(), asyncpg)


def agree(obs: Observability, pool: Any) -> bool:
    """Whether what is shown of a pool is what it says itself."""
    found = exposed(obs)
    shown = tuple(found.value(gauge) for gauge in (CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX))
    idle = pool.get_idle_size()
    assert shown == (pool.get_size() - idle, idle, pool.get_max_size())
    return True


def recycled(obs: Observability, reason: str) -> float:
    """Connections that were, for a reason."""
    return exposed(obs).value(CONNECTIONS_RECYCLED, {RECYCLE_REASON: reason})


class Known:
    """What goes when its pool does."""


class TestPools:
    """Their own numbers, and callers' waits."""

    @pytest.mark.parametrize("shown_by", ["events", "scrape"])
    async def test_show_their_own_numbers_at_every_step(self, harbour: Harbour, tmp_path: Path, shown_by: str) -> None:
        obs = (told(tmp_path) if shown_by == "events" else quiet()).asyncpg()
        pool = await harbour.pool()
        assert agree(obs, pool)
        first = await pool.acquire()
        assert agree(obs, pool)
        async with pool.acquire():
            assert agree(obs, pool)
            assert exposed(obs).value(CONNECTIONS_ACTIVE) == 2
        await pool.release(first)
        assert agree(obs, pool)
        await pool.close()
        found = exposed(obs)
        assert found.value(CONNECTIONS_MAX) == found.value(CONNECTIONS_IDLE) == 0
        assert found.count(CONNECTION_WAIT) == found.count(CONNECTION_HOLD) == 2
        assert found.value(CONNECTIONS_OPENED) == 2
        assert found.value(CONNECTIONS_RECYCLED) == 0
        obs.uninstrument(asyncpg)

    async def test_count_no_reset_as_a_query(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.pool() as pool:
            assert await pool.fetchval("SELECT 1") == 1
            await pool.executemany("INSERT INTO ships VALUES ($1)", [(1,)])
        assert exposed(obs).count(QUERY_DURATION) == 2

    async def test_show_who_waits_and_who_gave_up(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.pool(max_size=1) as pool:
            async with pool.acquire():
                waiting = [asyncio.ensure_future(pool.fetchval("SELECT 1")) for _ in range(2)]
                await asyncio.sleep(0)
                assert exposed(obs).value(CONNECTIONS_WAITING) == 2
                with pytest.raises(TimeoutError):
                    await pool.acquire(timeout=0.02)
                cancelled = asyncio.ensure_future(pool.fetchval("SELECT 1"))
                await asyncio.sleep(0)
                cancelled.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await cancelled
                assert exposed(obs).value(CONNECTIONS_WAITING) == 2
            assert await asyncio.gather(*waiting) == [1, 1]
            found = exposed(obs)
            assert found.value(CONNECTIONS_WAITING) == 0
            assert found.value(CONNECTION_TIMEOUTS) == 1
            assert found.count(CONNECTION_WAIT) == 5
            assert found.count(CONNECTION_HOLD) == 3
            assert agree(obs, pool)

    async def test_recycle_by_use_age_and_breakage(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.pool(max_queries=2) as pool:
            for _ in range(4):
                await pool.fetchval("SELECT 1")
            used = recycled(obs, AGE)
            assert used >= 1
            assert recycled(obs, BROKEN) == 0
        async with await harbour.pool(min_size=0, max_inactive_connection_lifetime=0.02) as pool:
            await pool.fetchval("SELECT 1")
            await asyncio.to_thread(until, lambda: recycled(obs, AGE) > used)
            assert agree(obs, pool)
        async with await harbour.pool(min_size=0) as pool:
            await pool.fetchval("SELECT 1")
            await pool.expire_connections()
            await pool.fetchval("SELECT 1")
            assert recycled(obs, AGE) == used + 2
            harbour.kill()
            await asyncio.to_thread(until, lambda: pool.get_size() == 0)
            assert agree(obs, pool)
            # Where the pool does not notice, whoever takes the connection does.
            assert await pool.fetchval("SELECT 1") == 1
            assert recycled(obs, BROKEN) == 1
            assert agree(obs, pool)

    async def test_count_connections_that_cannot_be_opened(self, obs: Observability, harbour: Harbour) -> None:
        pool = await harbour.pool(min_size=0)
        harbour.server.stop()
        with pytest.raises(OSError, match=r"refused|failed"):
            await pool.fetchval("SELECT 1")
        assert exposed(obs).value(CONNECTION_ERRORS) == 1
        assert agree(obs, pool)
        harbour.server.start()
        assert await pool.fetchval("SELECT 1") == 1
        assert agree(obs, pool)
        await pool.close()

    async def test_that_are_closed_are_not_kept(self, obs: Observability, harbour: Harbour) -> None:
        pools = [await harbour.pool(max_inactive_connection_lifetime=0) for _ in range(2)]
        own = quiet().asyncpg(pools[0], name="orders")
        known: list[ref[Known]] = []
        while pools:
            pool = pools.pop()
            pool._queue.known = Known()
            known.append(ref(pool._queue.known))
            await pool.fetchval("SELECT 1")
            await pool.close()
            del pool
        gc.collect()
        assert [one() for one in known] == [None, None]
        assert exposed(own).count(QUERY_DURATION) == exposed(obs).count(QUERY_DURATION) == 1

    @pytest.mark.parametrize("alone", [False, True])
    async def test_that_nobody_has_any_more_are_forgotten(
        self, obs: Observability, harbour: Harbour, *, alone: bool
    ) -> None:
        pool: Any = asyncpg.create_pool(harbour.dsn, min_size=0, max_inactive_connection_lifetime=0)
        own = quiet().asyncpg(pool, name="orders") if alone else obs
        await pool
        async with pool.acquire() as connection:
            pass
        connection = pool._holders[-1]._con
        await connection.close()
        del pool, connection
        await asyncio.sleep(0)
        gc.collect()
        assert exposed(own).value(CONNECTIONS_MAX) == 0
