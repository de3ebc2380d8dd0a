"""Commands are spans under a recorded one, and part of the request's account."""

from typing import Any

import pytest
import redis
import redis.asyncio
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from tests.plugins.application import client as calls
from tests.plugins.redis_server import RedisServer
from watchbill import Observability
from watchbill.catalogue.redis_client import REDIS_COMMAND_DURATION
from watchbill.catalogue.request_totals import REQUEST_CACHE_CALLS, REQUEST_ROUND_TRIPS
from watchbill.exposition import OPENMETRICS
from watchbill.testing import Exposition, Lines, Spans
from watchbill.totals import CACHE_HITS, CACHE_MISSES, REDIS_SECONDS, ROUND_TRIPS

SECRET = "hunter2"


def connected(server: RedisServer, kind: Any = redis.Redis) -> Any:
    """A client of database 2."""
    return kind(port=server.port, password=server.password, db=2)


async def answered(endpoint: Any, observability: Observability, client: Any) -> None:
    """One request. Applications outlive a test, and their clients with them, which are counted no more."""
    app = FastAPI()
    app.get("/page")(endpoint)
    observability.instrument(app)
    async with calls(app) as browser:
        assert (await browser.get("/page")).status_code == 200
    observability.uninstrument(client)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """A span's."""
    return dict(span.attributes or {})


async def test_a_request_has_a_span_for_each_round_trip(server: RedisServer) -> None:
    spans, client = Spans(), connected(server)
    observability = Observability("shop", tracing=spans.tracing, logging=None).redis(client)

    def page() -> None:
        client.set("key", SECRET)
        client.pipeline().get("key").get("key").execute()
        client.pipeline(transaction=False).get("key").set("key", SECRET).execute()
        client.blpop(["none"], timeout=0.01)

    await answered(page, observability, client)

    first, second, mixed, request = spans.finished
    assert (first.name, second.name, mixed.name) == ("SET", "MULTI GET", "PIPELINE")
    assert first.kind is second.kind is SpanKind.CLIENT
    assert first.parent is not None
    assert request.context is not None
    assert first.parent.span_id == request.context.span_id
    common = {
        "db.system.name": "redis",
        "db.namespace": "2",
        "server.address": "localhost",
        "server.port": server.port,
    }
    assert attributes(first) == {**common, "db.operation.name": "SET"}
    assert attributes(second) == {**common, "db.operation.name": "MULTI GET", "db.operation.batch.size": 2}


async def test_a_failed_command_says_what_went_wrong_without_keys_and_values(server: RedisServer) -> None:
    spans, client = Spans(), connected(server)
    observability = Observability("shop", tracing=spans.tracing, logging=None).redis(client)

    def page() -> None:
        client.set("key", SECRET)
        with pytest.raises(redis.ResponseError):
            client.lpush("key", SECRET)
        with pytest.raises(redis.ResponseError):
            client.pipeline().get("key").lpush("key", SECRET).execute()
        with pytest.raises(redis.ResponseError):
            client.execute_command("NONSENSE", SECRET)
        with pytest.raises(redis.ResponseError):
            client.eval(f"return redis.error_reply('{SECRET}')", 0)

    await answered(page, observability, client)

    failed = spans.finished[1:-1]
    assert [span.status.status_code for span in failed] == [StatusCode.ERROR] * 4
    assert {attributes(span)["error.type"] for span in failed} == {"ResponseError"}
    assert attributes(failed[0])["db.response.status_code"] == "WRONGTYPE"
    told = "".join(str(attributes(span)) + span.name for span in failed)
    assert SECRET not in told
    assert "key" not in told


async def test_without_a_request_there_are_no_spans(server: RedisServer) -> None:
    spans, client = Spans(), connected(server)
    Observability("shop", tracing=spans.tracing, logging=None).redis(client)

    client.get("key")
    client.pipeline().get("key").execute()

    assert spans.finished == ()


async def test_a_request_has_an_account_of_its_round_trips(server: RedisServer) -> None:
    lines, client = Lines(), connected(server, redis.asyncio.Redis)
    observability = Observability("shop", tracing=None, logging=lines.logging)
    observability.redis(client, prefixes={"user:": "user"})

    async def page() -> None:
        await client.set("user:1", "x")
        await client.mget("user:1", "user:2", "user:3")
        await client.pipeline().get("user:1").get("other").execute()

    await answered(page, observability, client)
    await client.aclose()

    (line,) = lines.requests
    assert (line[ROUND_TRIPS], line[CACHE_HITS], line[CACHE_MISSES]) == (3, 2, 2)
    assert 0 < line[REDIS_SECONDS] < 1
    metrics = Exposition.of(observability)
    assert metrics.total(REQUEST_ROUND_TRIPS) == 3
    assert metrics.total(REQUEST_CACHE_CALLS) == 4


async def test_a_sampled_commands_time_has_its_trace_as_exemplar(server: RedisServer) -> None:
    spans, client = Spans(), connected(server)
    observability = Observability("shop", tracing=spans.tracing, logging=None).redis(client)

    await answered(lambda: client.get("key"), observability, client)

    page = Exposition.parse(observability.exposition(OPENMETRICS))
    assert [dict(one.labels) for one in page.exemplars(REDIS_COMMAND_DURATION)] == [spans.ids[0]]
