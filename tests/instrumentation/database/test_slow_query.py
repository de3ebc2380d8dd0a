"""A statement that takes too long is counted and told of, without its values."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.plugins.application import client, exposed, quiet
from watchbill import InvalidDeclaration
from watchbill.catalogue.database import QUERY_TYPE, SLOW_QUERIES, TABLE
from watchbill.database import slow_query
from watchbill.database.settings import Queries
from watchbill.testing import Lines

HERE = "tests/instrumentation/database/test_slow_query.py"
COUNTING = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
SELECT sum(i) FROM n WHERE i <> :hidden AND 'a secret' <> ''
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    """In memory."""
    made = create_engine("sqlite://")
    yield made
    made.dispose()


def slow_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of the lines so far."""
    return [vars(record) for record in caplog.records if record.name == "watchbill.database"]


def test_it_is_told_of_with_place_and_fingerprint_and_without_values(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    observability = quiet().sqlalchemy(engine, name="stock", queries=Queries(slow=0.001))

    def report() -> None:
        with engine.connect() as connection:
            connection.execute(text(COUNTING), {"hidden": 471147114711}).all()

    with caplog.at_level(logging.WARNING, "watchbill.database"):
        report()

    (told,) = slow_lines(caplog)
    assert told["db.client.operation.duration"] > 0.001
    assert told["db"] == "stock"
    assert told["code.file.path"] == HERE
    assert told["code.line.number"] == report.__code__.co_firstlineno + 2
    assert len(told["db.query.fingerprint"]) == 16
    assert "http.route" not in told
    for hidden in ("471147114711", "secret", "100000"):
        assert hidden not in str(told)
        assert hidden not in caplog.text
    assert exposed(observability).value(SLOW_QUERIES, {QUERY_TYPE: "select", TABLE: "n"}) == 1


def test_all_are_counted_and_of_one_kind_one_is_told_in_ten_seconds(
    engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(slow_query, "monotonic", lambda: now[0])
    observability = quiet().sqlalchemy(engine, name="stock", queries=Queries(slow=0.0000001))
    with caplog.at_level(logging.WARNING, "watchbill.database"), engine.connect() as connection:
        for number in range(5):
            connection.exec_driver_sql(f"SELECT {number}")
        connection.exec_driver_sql("SELECT 1 AS other")
        now[0] += slow_query.EVERY_SECONDS
        connection.exec_driver_sql("SELECT 7")

    assert exposed(observability).value(SLOW_QUERIES) == 7
    assert [line.get("db.slow_query.left_out") for line in slow_lines(caplog)] == [None, None, 4]


def test_what_failed_slowly_is_told_of_too(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_connection: object) -> str:
        raise ValueError("a secret")

    def equip(connection: Any, _record: object) -> None:
        connection.create_function("fail", 1, fail)

    event.listen(engine, "connect", equip)
    observability = quiet().sqlalchemy(engine, name="stock", queries=Queries(slow=0.0000001))
    with (
        caplog.at_level(logging.WARNING, "watchbill.database"),
        engine.connect() as connection,
        pytest.raises(OperationalError),
    ):
        connection.execute(text("SELECT fail(1)"))

    assert [line["error.type"] for line in slow_lines(caplog)] == ["OperationalError"]
    assert "secret" not in caplog.text
    observability.uninstrument(engine)


async def test_in_a_task_or_thread_of_its_own_the_endpoint_is_told(library: Engine) -> None:
    lines, app = Lines(), FastAPI()

    async def page() -> None:
        with library.connect() as connection:
            await asyncio.to_thread(connection.execute, text(COUNTING), {"hidden": 1})

    app.get("/page")(page)
    observability = quiet(logging=lines.logging).sqlalchemy(library, queries=Queries(slow=0.001)).instrument(app)
    async with client(app) as calls:
        assert (await calls.get("/page")).status_code == 200
    observability.uninstrument(app)

    (told,) = [event for event in lines.events if event["logger"] == "watchbill.database"]
    assert (told["code.file.path"], told["code.line.number"]) == (HERE, page.__code__.co_firstlineno)
    assert told["code.function.name"].endswith("page")


def test_0_tells_of_none(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    observability = quiet().sqlalchemy(engine, name="stock", queries=Queries(slow=0))
    with caplog.at_level(logging.WARNING, "watchbill.database"), engine.connect() as connection:
        connection.execute(text(COUNTING), {"hidden": 1}).all()

    assert slow_lines(caplog) == []
    assert exposed(observability).value(SLOW_QUERIES) == 0


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_in_a_request_the_line_has_its_route_and_trace(tmp_path: Path, asynchronous: bool) -> None:
    lines, app = Lines(), FastAPI()
    path = f"{tmp_path}/stock.db"
    engine: Any = (
        create_async_engine(f"sqlite+aiosqlite:///{path}") if asynchronous else create_engine(f"sqlite:///{path}")
    )

    async def awaits(key: str) -> str:
        async with engine.connect() as connection:
            await connection.execute(text(COUNTING), {"hidden": 1})
        return key

    def blocks(key: str) -> str:
        with engine.connect() as connection:
            connection.execute(text(COUNTING), {"hidden": 1})
        return key

    app.get("/reports/{key}")(awaits if asynchronous else blocks)
    observability = quiet(logging=lines.logging).sqlalchemy(engine, queries=Queries(slow=0.001)).instrument(app)
    async with client(app) as calls:
        assert (await calls.get("/reports/7")).status_code == 200
    observability.uninstrument(app)

    (told,) = [event for event in lines.events if event["logger"] == "watchbill.database"]
    assert told["http.route"] == "/reports/{key}"
    assert told["code.file.path"] == HERE
    assert told["code.function.name"].endswith("awaits" if asynchronous else "blocks")
    assert lines.requests[0]["db.query.count"] == 1
    await engine.dispose() if asynchronous else engine.dispose()


def test_wrong_settings_are_told_of_together() -> None:
    wrong: Any = {"slow": "soon", "n_plus_one": 1, "plans": "yes"}
    with pytest.raises(InvalidDeclaration) as caught:
        Queries(**wrong)

    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("bound", [float("inf"), 1.5, True, -1])
def test_repetitions_are_a_whole_number(bound: Any) -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Queries(n_plus_one=bound)

    assert list(caught.value.faults) == [f"n_plus_one={bound!r}: give a whole number from 0 on"]
