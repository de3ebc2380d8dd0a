"""Over asyncio a loop is told from a fan-out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from tests.plugins.application import exposed
from tests.plugins.library import Shelf, called, found, watched
from watchbill.catalogue.request_totals import REQUEST_QUERIES

HERE = "tests/instrumentation/database/test_n_plus_one_asyncio.py"


@pytest.fixture
async def async_engine(library: Engine) -> Any:
    """The same file over asyncio."""
    made = create_async_engine(str(library.url).replace("sqlite:", "sqlite+aiosqlite:"))
    yield made
    await made.dispose()


async def awaited(engine: AsyncEngine) -> None:
    """A loop over awaitable attributes."""
    async with AsyncSession(engine) as session:
        for shelf in (await session.scalars(select(Shelf))).all():
            await shelf.awaitable_attrs.books


async def got(engine: AsyncEngine) -> None:
    """A loop of gets."""
    async with AsyncSession(engine) as session:
        for number in range(30):
            await session.get(Shelf, number)


async def executed(engine: AsyncEngine) -> None:
    """A loop without a session."""
    async with engine.connect() as connection:
        for number in range(30):
            await connection.execute(text("SELECT * FROM books WHERE id = :i"), {"i": number})


@pytest.mark.parametrize("work", [awaited, got, executed])
async def test_a_loop_over_asyncio_is_told_of_with_the_line_that_awaits(
    async_engine: AsyncEngine, work: Callable[[AsyncEngine], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    app, observability = watched(async_engine)

    async def page() -> None:
        await work(async_engine)

    with caplog.at_level(logging.WARNING, "watchbill.database"):
        await called(app, page)

    assert found(observability) == 1
    (told,) = [vars(record) for record in caplog.records if record.name == "watchbill.database"]
    assert told["code.file.path"] == HERE
    assert told["code.function.name"] == work.__name__


@pytest.mark.parametrize("at_once", [1, 5, 40])
async def test_a_fan_out_is_not_told_of(async_engine: AsyncEngine, at_once: int) -> None:
    app, observability = watched(async_engine)
    limit = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with limit, AsyncSession(async_engine) as session:
            await session.get(Shelf, number)

    async def fan() -> None:
        await asyncio.gather(*(one(number) for number in range(40)))

    await called(app, fan)

    assert exposed(observability).total(REQUEST_QUERIES) == 40
    assert found(observability) == 0


async def test_a_fan_out_over_threads_is_not_told_of(library: Engine) -> None:
    app, observability = watched(library)

    def one(number: int) -> None:
        with Session(library) as session:
            session.get(Shelf, number)

    async def fan() -> None:
        await asyncio.gather(*(asyncio.to_thread(one, number) for number in range(40)))

    await called(app, fan)

    assert exposed(observability).total(REQUEST_QUERIES) == 40
    assert found(observability) == 0


async def test_loops_side_by_side_are_one(async_engine: AsyncEngine) -> None:
    app, observability = watched(async_engine)

    async def loop() -> None:
        async with AsyncSession(async_engine) as session:
            for number in range(30):
                await session.get(Shelf, number)

    async def page() -> None:
        await asyncio.gather(loop(), loop(), loop())

    await called(app, page)

    assert found(observability) == 1
