"""What an answer of an AI provider says about itself: its model, its tokens, its cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

# As OpenAI, Anthropic, Google and those who follow them call it, the first found is taken.
_USAGE = ("usage", "usageMetadata", "usage_metadata")
_MODEL = ("model", "modelVersion", "model_version")
_INPUT = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_token_count")
_OUTPUT = ("completion_tokens", "output_tokens", "candidatesTokenCount", "candidates_token_count")
_THOUGHTS = ("thoughtsTokenCount", "thoughts_token_count")
_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_CACHED_WITHIN = ("cachedContentTokenCount", "cached_content_token_count")
_CACHED_BESIDE, _STORED = "cache_read_input_tokens", "cache_creation_input_tokens"
# An event of a stream has the answer, or the beginning of it, under one of these.
_INSIDE = ("response", "message")


@dataclass(slots=True)
class Usage:
    """Tokens not read from the provider's cache, written, and read from its cache; cost in US dollars.

    None is what no answer has said yet.
    """

    model: str = ""
    read: int | None = None
    written: int | None = None
    cached: int | None = None
    stored: int | None = None
    cost: float | None = None

    def see(self, answer: object) -> None:
        """Reads an answer, or one event of a stream; counts in a stream are running totals, so later ones hold."""
        for one in (answer, *(_of(answer, name) for name in _INSIDE)):
            if one is None or isinstance(one, str | bytes | int | float):
                continue
            model = _first(one, _MODEL)
            if isinstance(model, str) and model:
                self.model = model
            usage = _first(one, _USAGE)
            if usage is not None:
                self._count(usage)
            self._price(usage, one)

    @property
    def tokens(self) -> dict[str, int]:
        """By direction: input, output, cached."""
        read = None if self.read is None else self.read + (self.stored or 0)
        found = {"input": read, "output": self.written, "cached": self.cached}
        return {direction: count for direction, count in found.items() if count is not None}

    def _count(self, usage: object) -> None:
        read, written = _number(usage, *_INPUT), _number(usage, *_OUTPUT)
        within = _number(_first(usage, _DETAILS), "cached_tokens")
        within = _number(usage, *_CACHED_WITHIN) if within is None else within
        beside = _number(usage, _CACHED_BESIDE)
        if read is not None:
            # Some count what came from the cache as read too.
            self.read = max(read - (within or 0), 0)
        if written is not None:
            self.written = written + (_number(usage, *_THOUGHTS) or 0)
        found = within if beside is None else beside
        self.cached = self.cached if found is None else found
        stored = _number(usage, _STORED)
        self.stored = self.stored if stored is None else stored

    def _price(self, usage: object, answer: object) -> None:
        for holder, name in ((usage, "cost"), (_of(answer, "_hidden_params"), "response_cost")):
            cost = _of(holder, name)
            if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0 and isfinite(cost):
                self.cost = float(cost)
                return


def _of(holder: object, name: str) -> Any:
    if isinstance(holder, Mapping):
        return cast("Mapping[str, Any]", holder).get(name)
    return None if holder is None else getattr(holder, name, None)


def _first(holder: object, names: tuple[str, ...]) -> Any:
    return next((found for name in names if (found := _of(holder, name)) is not None), None)


def _number(holder: object, *names: str) -> int | None:
    found = _first(holder, names)
    return found if type(found) is int and found >= 0 else None
