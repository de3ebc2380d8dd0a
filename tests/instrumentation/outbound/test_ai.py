"""Calls of an AI provider's API are counted with tokens and cost, and nothing about them changes."""

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.plugins.application import exposed, quiet
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.outbound import (
    AI_CALL_DURATION,
    AI_CALLS,
    AI_COST,
    AI_TOKENS,
    API,
    CALL_OUTCOME,
    DIRECTION,
    MODEL,
    UPSTREAM,
)
from watchbill.outbound.ai import AiApi

ANSWER = {"model": "gpt-4o-2024-08-06", "usage": {"prompt_tokens": 1_000, "completion_tokens": 100}}
PRICES = {"gpt-4o": (2.0, 10.0)}


def asked(**given: Any) -> tuple[Observability, AiApi]:
    """One whose chat API is watched."""
    observability = quiet(**given)
    return observability, observability.ai("openai", "chat", prices=PRICES)


def outcomes(observability: Observability) -> dict[str, float]:
    """How many calls had which outcome."""
    scrape = exposed(observability)
    found = {one: scrape.value(AI_CALLS, {CALL_OUTCOME: one}) for one in CALL_OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}


def tokens(observability: Observability) -> dict[str, float]:
    """How many tokens went which way."""
    scrape = exposed(observability)
    found = {one: scrape.value(AI_TOKENS, {DIRECTION: one}) for one in DIRECTION.values}
    return {direction: count for direction, count in found.items() if count}


def test_outcomes_stand_at_zero_before_the_first_call() -> None:
    observability, _ = asked()
    scrape = exposed(observability)

    assert scrape.values_of(AI_CALLS, CALL_OUTCOME) == {"succeeded", "failed", "cached"}
    assert scrape.values_of(AI_CALLS, UPSTREAM) == {"openai"}
    assert outcomes(observability) == {}


def test_a_decorated_function_s_answer_is_read_and_returned() -> None:
    observability, chat = asked()

    @chat
    def ask(text: str) -> Any:
        """Asks."""
        return {**ANSWER, "text": text}

    assert ask("why") == {**ANSWER, "text": "why"}
    assert (ask.__name__, ask.__doc__) == ("ask", "Asks.")
    assert outcomes(observability) == {"succeeded": 1}
    assert tokens(observability) == {"input": 1_000, "output": 100}
    scrape = exposed(observability)
    assert scrape.values_of(AI_TOKENS, MODEL) == {"gpt-4o-2024-08-06"}
    assert scrape.value(AI_COST, {API: "chat"}) == pytest.approx(0.003)
    assert scrape.count(AI_CALL_DURATION, {UPSTREAM: "openai", API: "chat"}) == 1


async def test_a_coroutine_function_stays_one() -> None:
    observability, chat = asked()
    answer = SimpleNamespace(model="gpt-4o", usage=SimpleNamespace(prompt_tokens=3, completion_tokens=4))

    @chat
    async def ask() -> Any:
        return answer

    assert iscoroutinefunction(ask)
    assert await ask() is answer
    assert tokens(observability) == {"input": 3, "output": 4}


async def test_a_plain_function_around_a_coroutine_function_is_awaited_too() -> None:
    observability, chat = asked()
    answers: list[Any] = [ANSWER, ConnectionResetError()]

    async def create(text: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {**answer, "text": text}

    @chat
    def ask(text: str) -> Coroutine[Any, Any, Any]:
        return create(text)

    assert await ask("why") == {**ANSWER, "text": "why"}
    assert tokens(observability) == {"input": 1_000, "output": 100}
    with pytest.raises(ConnectionResetError):
        await ask("why")
    assert outcomes(observability) == {"succeeded": 1, "failed": 1}


async def test_a_failure_is_counted_and_raised_as_it_is() -> None:
    observability, chat = asked()
    wrong = ValueError("no")

    @chat
    async def ask() -> None:
        raise wrong

    with pytest.raises(ValueError, match="no") as caught:
        await ask()

    assert caught.value is wrong
    assert outcomes(observability) == {"failed": 1}


def test_a_with_block_is_a_call() -> None:
    observability, chat = asked()
    with chat.call() as call:
        call.answered(ANSWER)
    with chat.call() as call:
        call.failed()
    with pytest.raises(KeyError), chat.call():
        raise KeyError

    assert outcomes(observability) == {"succeeded": 1, "failed": 2}
    assert tokens(observability) == {"input": 1_000, "output": 100}


def test_an_answer_at_hand_is_no_call() -> None:
    observability, chat = asked()
    chat.cached()

    assert outcomes(observability) == {"cached": 1}
    assert exposed(observability).count(AI_CALL_DURATION) == 0


@pytest.mark.parametrize(("status", "outcome"), [(200, "succeeded"), (429, "failed")])
def test_a_raw_answer_over_http_is_read(status: int, outcome: str) -> None:
    observability, chat = asked()
    answer = httpx.Response(status, json=ANSWER)

    assert chat(lambda: answer)() is answer
    assert outcomes(observability) == {outcome: 1}
    assert tokens(observability)["input"] == 1_000


@pytest.mark.parametrize("content", [b"", b"<html>", b"3"])
def test_an_answer_that_is_no_json_counts_without_tokens(content: bytes) -> None:
    observability, chat = asked()
    chat(lambda: httpx.Response(200, content=content))()

    assert outcomes(observability) == {"succeeded": 1}
    assert tokens(observability) == {}


def test_a_generator_s_chunks_pass_one_by_one() -> None:
    observability, chat = asked()

    @chat
    def ask() -> Iterator[Any]:
        yield {"model": "gpt-4o", "usage": None}
        assert outcomes(observability) == {}
        yield {"model": "gpt-4o", "usage": {"prompt_tokens": 5, "completion_tokens": 2}}

    assert isgeneratorfunction(ask)
    assert len(list(ask())) == 2
    assert outcomes(observability) == {"succeeded": 1}
    assert tokens(observability) == {"input": 5, "output": 2}


def test_what_is_thrown_into_a_generator_reaches_it() -> None:
    observability, chat = asked()

    @chat
    def stream() -> Iterator[str]:
        try:
            yield "one"
        except LookupError:
            yield "caught"

    chunks: Any = stream()
    assert next(chunks) == "one"
    assert chunks.throw(LookupError()) == "caught"
    assert list(chunks) == []
    assert outcomes(observability) == {"succeeded": 1}


async def test_so_does_what_is_thrown_or_sent_into_an_asynchronous_one() -> None:
    observability, chat = asked()

    @chat
    async def stream() -> AsyncGenerator[Any, Any]:
        try:
            yield (yield "one")
        except LookupError:
            yield "caught"

    chunks: Any = stream()
    assert await anext(chunks) == "one"
    assert await chunks.asend("sent") == "sent"
    assert await chunks.athrow(LookupError()) == "caught"
    assert [chunk async for chunk in chunks] == []
    assert outcomes(observability) == {"succeeded": 1}


async def test_an_asynchronous_generator_may_be_left_early() -> None:
    observability, chat = asked()
    closed: list[bool] = []

    @chat
    async def ask() -> AsyncIterator[Any]:
        try:
            yield {"model": "gpt-4o", "usage": {"prompt_tokens": 5}}
            yield {}
        finally:
            closed.append(True)

    assert isasyncgenfunction(ask)
    stream: Any = ask()
    await anext(stream)
    await stream.aclose()

    assert closed == [True]
    assert outcomes(observability) == {"succeeded": 1}
    assert tokens(observability) == {"input": 5}


async def test_a_stream_of_an_sdk_is_read_in_passing() -> None:
    observability, chat = asked()

    async def stream() -> AsyncIterator[Any]:
        yield {"model": "gpt-4o"}
        yield {"usage": {"completion_tokens": 8}}

    with chat.call() as call:
        assert [chunk async for chunk in call.chunks(stream())] == [
            {"model": "gpt-4o"},
            {"usage": {"completion_tokens": 8}},
        ]
    with chat.call() as call:
        assert list(call.chunks(iter([{"usage": {"completion_tokens": 1}}])))

    assert tokens(observability) == {"output": 9}


def test_a_model_without_a_price_costs_nothing_that_is_known() -> None:
    observability, chat = asked()
    chat(lambda: {**ANSWER, "model": "unheard-of"})()
    chat(lambda: {"usage": {"prompt_tokens": 1}})()

    assert exposed(observability).series(AI_COST) == 0
    assert exposed(observability).values_of(AI_TOKENS, MODEL) == {"unheard-of", "unknown"}


def test_made_up_models_are_folded() -> None:
    observability, chat = asked()
    for number in range(200):
        chat(lambda: {**ANSWER, "model": f"model-{number}"})()  # noqa: B023  called at once

    assert len(exposed(observability).values_of(AI_TOKENS, MODEL)) == MODEL.limit


def test_the_cost_an_answer_says_goes_before_the_price() -> None:
    observability, chat = asked()
    chat(lambda: {"model": "gpt-4o", "usage": {"prompt_tokens": 1_000, "cost": 0.5}})()

    assert exposed(observability).value(AI_COST) == 0.5


def test_an_answer_that_cannot_be_read_is_returned_all_the_same() -> None:
    class Hostile:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    observability, chat = asked()
    hostile = Hostile()

    assert chat(lambda: hostile)() is hostile
    assert outcomes(observability) == {"succeeded": 1}


def test_without_monitoring_nothing_is_counted() -> None:
    observability, chat = asked(switches=Switches(monitoring=False))

    assert chat(lambda: ANSWER)() is ANSWER
    chat.cached()
    assert exposed(observability).series(AI_CALLS) == 0


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        quiet().ai("", " ", prices={"gpt": (1,)})

    assert len(caught.value.faults) == 3
