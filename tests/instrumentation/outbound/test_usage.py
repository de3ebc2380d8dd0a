"""Model, tokens and cost are read from the answers of several providers."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from watchbill.outbound.usage import Usage


def objects(answer: Any) -> Any:
    """The same answer as an SDK's objects."""
    if isinstance(answer, dict):
        parts = cast("dict[str, Any]", answer)
        return SimpleNamespace(**{name: objects(part) for name, part in parts.items()})
    return answer


def parsed(answer: Any) -> Any:
    """As it is."""
    return answer


ANSWERS: dict[str, tuple[Any, str, dict[str, int]]] = {
    "openai chat": (
        {
            "model": "gpt-4o-2024-08-06",
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 64},
            },
        },
        "gpt-4o-2024-08-06",
        {"input": 36, "output": 20, "cached": 64},
    ),
    "openai responses": (
        {
            "model": "gpt-5",
            "usage": {"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 0}},
        },
        "gpt-5",
        {"input": 10, "output": 5, "cached": 0},
    ),
    "openai embedding": (
        {"model": "text-embedding-3-small", "usage": {"prompt_tokens": 8, "total_tokens": 8}},
        "text-embedding-3-small",
        {"input": 8},
    ),
    "anthropic": (
        {
            "model": "claude-sonnet",
            "usage": {
                "input_tokens": 10,
                "output_tokens": 7,
                "cache_read_input_tokens": 500,
                "cache_creation_input_tokens": 3,
            },
        },
        "claude-sonnet",
        {"input": 13, "output": 7, "cached": 500},
    ),
    "google": (
        {
            "modelVersion": "gemini-flash",
            "usageMetadata": {
                "promptTokenCount": 12,
                "candidatesTokenCount": 4,
                "thoughtsTokenCount": 6,
                "cachedContentTokenCount": 2,
            },
        },
        "gemini-flash",
        {"input": 10, "output": 10, "cached": 2},
    ),
    "google's sdk": (
        {"model_version": "gemini-pro", "usage_metadata": {"prompt_token_count": 1, "candidates_token_count": 2}},
        "gemini-pro",
        {"input": 1, "output": 2},
    ),
    "one that says nothing": ({"id": 1}, "", {}),
    "one that says nonsense": ({"model": 3, "usage": {"prompt_tokens": "many", "completion_tokens": -1}}, "", {}),
}


@pytest.mark.parametrize("shape", [parsed, objects])
@pytest.mark.parametrize("provider", ANSWERS)
def test_an_answer_says_its_model_and_tokens(provider: str, shape: Any) -> None:
    answer, model, tokens = ANSWERS[provider]
    usage = Usage()

    usage.see(shape(answer))

    assert (usage.model, usage.tokens) == (model, tokens)


@pytest.mark.parametrize("answer", ["text", b"bytes", 3, None, [1, 2]])
def test_what_is_no_answer_says_nothing(answer: object) -> None:
    usage = Usage()

    usage.see(answer)

    assert usage == Usage()


STREAMS: dict[str, tuple[list[Any], str, dict[str, int]]] = {
    "openai chat": (
        [
            {"model": "gpt-4o", "choices": [1], "usage": None},
            {"model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
        ],
        "gpt-4o",
        {"input": 3, "output": 2},
    ),
    "openai responses": (
        [
            {"type": "response.output_text.delta", "delta": "a"},
            {"type": "response.completed", "response": {"model": "gpt-5", "usage": {"input_tokens": 4}}},
        ],
        "gpt-5",
        {"input": 4},
    ),
    "anthropic": (
        [
            {"message": {"model": "claude", "usage": {"input_tokens": 9, "output_tokens": 1}}},
            {"type": "content_block_delta", "delta": {"text": "a"}},
            {"type": "message_delta", "usage": {"output_tokens": 15}},
        ],
        "claude",
        {"input": 9, "output": 15},
    ),
    "google": (
        [
            {"modelVersion": "gemini", "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 1}},
            {"modelVersion": "gemini", "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 5}},
        ],
        "gemini",
        {"input": 2, "output": 5},
    ),
}


@pytest.mark.parametrize("provider", STREAMS)
def test_the_last_word_of_a_stream_holds(provider: str) -> None:
    chunks, model, tokens = STREAMS[provider]
    usage = Usage()

    for chunk in chunks:
        usage.see(objects(chunk))

    assert (usage.model, usage.tokens) == (model, tokens)


@pytest.mark.parametrize(
    ("answer", "cost"),
    [
        ({"usage": {"cost": 0.25}}, 0.25),
        (SimpleNamespace(_hidden_params={"response_cost": 0.5}), 0.5),
        ({"usage": {"cost": "dear"}}, None),
        ({"usage": {"cost": True}}, None),
        ({"usage": {"cost": float("inf")}}, None),
    ],
)
def test_an_answer_may_say_its_cost(answer: object, cost: float | None) -> None:
    usage = Usage()

    usage.see(answer)

    assert usage.cost == cost
