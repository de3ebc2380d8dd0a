"""Statements that a request repeats are told of where they are an N+1, and nowhere else."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import BackgroundTasks
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, selectinload

from tests.plugins.application import exposed
from tests.plugins.library import Base, Book, Shelf, called, filled, found, watched
from tests.plugins.postgres_server import PostgresServer
from watchbill import Switches
from watchbill.catalogue.database import N_PLUS_ONE
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.pool import DB
from watchbill.catalogue.request_totals import REQUEST_QUERIES
from watchbill.testing import Lines
from watchbill.totals import totals

HERE = "tests/instrumentation/database/test_n_plus_one.py"


async def test_a_page_of_101_queries_is_told_of_once_with_file_and_line(library: Engine) -> None:
    lines = Lines()
    app, observability = watched(library, logging=lines.logging)

    def lazily() -> int:
        with Session(library) as session:
            return sum(len(shelf.books) for shelf in session.scalars(select(Shelf)))

    await called(app, lazily)

    scrape = exposed(observability)
    assert scrape.value(N_PLUS_ONE, {DB: "library", ROUTE: "/page"}) == scrape.value(N_PLUS_ONE) == 1
    assert scrape.total(REQUEST_QUERIES) == 101
    (told,) = [event for event in lines.events if event["logger"] == "watchbill.database"]
    assert told["db.query.count"] == 100
    assert told["code.file.path"] == HERE
    assert told["code.line.number"] == lazily.__code__.co_firstlineno + 2
    assert "lazily" in told["code.function.name"]
    assert told["http.route"] == "/page"
    assert told["db.collection.name"] == "books"
    assert told["db.query.text"].startswith("SELECT books.id")
    observability.uninstrument(app)


async def test_its_selectinload_version_is_not_told_of(library: Engine) -> None:
    app, observability = watched(library)

    def eagerly() -> int:
        with Session(library) as session:
            shelves = session.scalars(select(Shelf).options(selectinload(Shelf.books)))
            return sum(len(shelf.books) for shelf in shelves)

    await called(app, eagerly)

    assert exposed(observability).total(REQUEST_QUERIES) == 2
    assert found(observability) == 0


async def test_each_request_counts_once_and_each_statement(library: Engine) -> None:
    app, observability = watched(library)

    def two_loops() -> None:
        with Session(library) as session:
            for number in range(1, 31):
                session.get(Shelf, number)
                session.scalar(select(func.count()).where(Book.shelf_id == number))

    await called(app, two_loops, times=3)

    assert found(observability) == 6


async def test_a_loop_of_raw_statements_with_values_in_them_is_one(library: Engine) -> None:
    app, observability = watched(library)

    def raw() -> None:
        with library.connect() as connection:
            for number in range(10):
                connection.exec_driver_sql(f"SELECT * FROM books WHERE id = {number}").all()  # noqa: S608  a number of ours

    await called(app, raw)

    assert found(observability) == 1


async def test_one_repetition_under_the_bound_is_none(library: Engine) -> None:
    app, observability = watched(library)

    def nine() -> None:
        with Session(library) as session:
            for number in range(9):
                session.get(Shelf, number)

    await called(app, nine)

    assert found(observability) == 0


async def test_a_first_row_in_a_loop_is_no_pagination(library: Engine) -> None:
    app, observability = watched(library)

    def firsts() -> None:
        with Session(library) as session:
            for number in range(20):
                session.query(Book).filter_by(shelf_id=number).first()

    await called(app, firsts)

    assert found(observability) == 1


def pages(library: Engine) -> None:
    """Page by page."""
    with Session(library) as session:
        for page in range(1, 21):
            session.scalars(select(Book).order_by(Book.id).offset(page * 10).limit(10)).all()


def raw_pages(library: Engine) -> None:
    """The same by hand."""
    with library.connect() as connection:
        for page in range(20):
            connection.execute(text("SELECT * FROM books LIMIT 10 OFFSET :o"), {"o": page}).all()


def batches(library: Engine) -> None:
    """Many at once."""
    with Session(library) as session:
        for first in range(0, 300, 15):
            session.scalars(select(Book).where(Book.id.in_(range(first, first + 15)))).all()


def bulk(library: Engine) -> None:
    """Each statement has several rows; some are sent in parts."""
    with Session(library) as session:
        for _ in range(20):
            session.execute(insert(Book), [{"shelf_id": 1}, {"shelf_id": 2}])
        session.add_all([Book(shelf_id=1) for _ in range(50)])
        session.commit()


def tries(library: Engine) -> None:
    """Each fails but the last."""
    for _ in range(30):
        with library.connect() as connection:
            connection.execute(text("SELECT 1 FROM books LIMIT 1")).all()
            try:
                connection.execute(text("SELECT missing FROM books"))
            except OperationalError:
                continue


def lazy(engine: Engine) -> None:
    """A query for each shelf."""
    with Session(engine) as session:
        for shelf in session.scalars(select(Shelf)):
            assert shelf.books


def migration(library: Engine) -> None:
    """No queries."""
    with library.connect() as connection:
        for _ in range(20):
            connection.execute(text("CREATE TABLE IF NOT EXISTS extra (id int)"))
            connection.execute(text("PRAGMA user_version")).all()


def twelve_places(library: Engine) -> None:
    """The same statement, from as many lines."""
    one = select(Shelf.id).where(Shelf.id == 1)
    with Session(library) as session:
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)
        session.scalar(one)


@pytest.mark.parametrize("work", [pages, raw_pages, batches, bulk, tries, migration, twelve_places])
async def test_what_is_no_n_plus_one_is_not_told_of(library: Engine, work: Callable[[Engine], None]) -> None:
    app, observability = watched(library)

    await called(app, lambda: work(library))

    assert found(observability) == 0
    assert exposed(observability).total(REQUEST_QUERIES) >= 12


async def test_a_loop_is_found_after_the_same_statement_from_other_places(library: Engine) -> None:
    app, observability = watched(library)

    def mixed() -> None:
        one = select(Shelf.id).where(Shelf.id == 1)
        with Session(library) as session:
            session.scalar(one)
            session.scalar(one)
            session.scalar(one)
            for _ in range(20):
                session.scalar(one)

    await called(app, mixed)

    assert found(observability) == 1


async def test_work_after_the_answer_and_outside_requests_is_not_told_of(library: Engine) -> None:
    app, observability = watched(library)

    def loop() -> None:
        with Session(library) as session:
            for number in range(30):
                session.get(Shelf, number)

    async def later(tasks: BackgroundTasks) -> None:
        tasks.add_task(loop)

    loop()
    await called(app, later)

    assert found(observability) == 0


async def test_a_bound_of_0_looks_for_none(library: Engine) -> None:
    app, observability = watched(library, bound=0)

    def loop() -> None:
        with Session(library) as session:
            for number in range(30):
                session.get(Shelf, number)

    await called(app, loop)

    assert exposed(observability).total(REQUEST_QUERIES) == 30
    assert found(observability) == 0


async def test_a_request_of_a_thousand_different_statements_is_watched_within_bounds(library: Engine) -> None:
    app, observability = watched(library)
    watches: list[Any] = []

    def many() -> None:
        with library.connect() as connection:
            for number in range(1_000):
                connection.exec_driver_sql(f"SELECT 1 AS c{number}").all()
        account = totals()
        assert account is not None
        watches.append(account.statements)

    await called(app, many)

    assert len(watches[0]._counts) == 256
    assert found(observability) == 0


async def test_metrics_off_leaves_the_line(library: Engine, caplog: pytest.LogCaptureFixture) -> None:
    app, observability = watched(library, switches=Switches(metrics=False))

    def loop() -> None:
        with Session(library) as session:
            for number in range(30):
                session.get(Shelf, number)

    with caplog.at_level(logging.WARNING, "watchbill.database"):
        await called(app, loop)

    assert [record.name for record in caplog.records if "times the same" in record.message] == ["watchbill.database"]
    observability.uninstrument(app)


@pytest.mark.parametrize(("work", "times"), [(pages, 0), (raw_pages, 0), (batches, 0), (bulk, 0), (lazy, 1)])
async def test_over_postgresql_it_is_the_same(
    postgres_server: PostgresServer, work: Callable[[Engine], None], times: int
) -> None:
    login = f"admin:{postgres_server.admin_password}@{postgres_server.address}"
    engine = filled(f"postgresql+psycopg://{login}/{postgres_server.database}")
    app, observability = watched(engine)

    await called(app, lambda: work(engine))

    Base.metadata.drop_all(engine)
    engine.dispose()
    assert found(observability) == times
