"""A statement says in a comment which route and trace it comes from."""

from fastapi import FastAPI
from opentelemetry.trace import SpanContext, TraceFlags
from sqlalchemy import StaticPool, create_engine, text

from tests.plugins.application import client
from watchbill import Observability
from watchbill.database.comment import commented
from watchbill.database.settings import Queries
from watchbill.testing import Spans

SAMPLED = SpanContext(0xA, 0xB, is_remote=False, trace_flags=TraceFlags(1))
IDS = "00-0000000000000000000000000000000a-000000000000000b-01"


def test_a_sampled_trace_has_its_ids_in_it() -> None:
    assert commented("SELECT 1", SAMPLED) == f"SELECT 1 /*traceparent='{IDS}'*/"
    assert commented("SELECT 1; ", SAMPLED) == f"SELECT 1 /*traceparent='{IDS}'*/;"


def test_outside_of_requests_and_sampled_traces_a_statement_is_as_it_was() -> None:
    unsampled = SpanContext(0xA, 0xB, is_remote=False)

    assert commented("SELECT 1", unsampled) == "SELECT 1"
    assert commented("SELECT 1") == "SELECT 1"


def test_a_comment_at_the_end_stays_the_only_one() -> None:
    assert commented("SELECT 1 /* mine */", SAMPLED) == "SELECT 1 /* mine */"


async def test_unsampled_requests_of_a_route_send_one_text_for_a_statement() -> None:
    engine, app, sent = (
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}),
        FastAPI(),
        set[str](),
    )

    def page(key: str) -> str:
        with engine.connect() as connection:
            connection.connection.driver_connection.set_trace_callback(sent.add)  # type: ignore[union-attr]
            return str(connection.execute(text("SELECT :key || '%'"), {"key": key}).scalar())

    app.get("/items/{key}")(page)
    observability = Observability("shop", tracing=Spans(ratio=0.0).tracing, logging=None)
    observability.sqlalchemy(engine, name="stock", queries=Queries(comments=True)).instrument(app)
    async with client(app) as calls:
        answers = [(await calls.get(f"/items/{key}")).json() for key in "ab"]
    observability.uninstrument(app)

    assert answers == ["a%", "b%"]
    assert {one.partition("/*")[2] for one in sent if "SELECT" in one} == {"route='%2Fitems%2F%7Bkey%7D'*/"}
    engine.dispose()
