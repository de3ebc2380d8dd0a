"""One API of an AI provider, as the application calls it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import wraps
from inspect import isasyncgenfunction, iscoroutine, iscoroutinefunction, isgeneratorfunction
from time import perf_counter
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.outbound.ai_series import AiSeries
from watchbill.outbound.prices import Prices, faults_of
from watchbill.outbound.usage import Usage
from watchbill.problem import is_a
from watchbill.relay import relayed, relayed_later

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class AiApi:
    """Decorates a function that calls the API and returns its answer, or watches a call in `with api.call() as call`.

    Functions may be async, or generators of a streamed answer. Answers are an SDK's objects, parsed JSON, or an httpx
    Response; what they are stays as it is. InvalidDeclaration lists what is wrong with the arguments.
    """

    def __init__(self, ground: Ground, upstream: str, api: str, *, prices: Mapping[str, Sequence[float]]) -> None:
        faults = [
            f"{role}={value!r} is no name: give text, such as {example!r}"
            for role, value, example in (("upstream", upstream, "openai"), ("api", api, "chat"))
            if not (is_a(value, str) and value.strip())
        ]
        faults += faults_of(prices)
        if faults:
            raise InvalidDeclaration("ai(upstream, api)", faults)
        self.faults = ground.faults
        self.prices = Prices(prices)
        self.series = AiSeries(ground.emission, upstream, api) if ground.emission is not None else None

    def call(self) -> "AiCall":
        """One call, for `with`: it ends with the block, and fails with an exception."""
        return AiCall(self)

    def cached(self) -> None:
        """The answer was at hand: no call was needed."""
        try:
            if self.series is not None:
                self.series.cached()
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("outbound", error)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, watched: each run is one call."""
        if isasyncgenfunction(function):
            return cast("Callable[P, R]", wraps(function)(relayed_later(function, self._stream)))
        if isgeneratorfunction(function):
            return cast("Callable[P, R]", wraps(function)(relayed(function, self._stream)))
        if iscoroutinefunction(function):

            @wraps(function)
            async def called_later(*args: P.args, **kwargs: P.kwargs) -> Any:
                with AiCall(self) as call:
                    answer = await function(*args, **kwargs)
                    call.answered(answer)
                return answer

            return cast("Callable[P, R]", called_later)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            with ExitStack() as block:
                call = block.enter_context(AiCall(self))
                answer = function(*args, **kwargs)
                if iscoroutine(answer):
                    # SDKs have plain functions around their coroutine functions.
                    return cast("R", _awaited(answer, call, block.pop_all()))
                call.answered(answer)
            return answer

        return called

    def _stream(self, _args: object, _kwargs: object) -> "_Stream":
        return _Stream(AiCall(self))


class _Stream:
    """A call whose answer comes in chunks, from the first one asked for to the last."""

    __slots__ = ("_call",)

    def __init__(self, call: "AiCall") -> None:
        self._call = call.__enter__()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def saw(self, item: object) -> None:
        self._call.saw(item)

    def over(self, error: BaseException | None = None) -> None:
        self._call.__exit__(None, error, None)


class AiCall:
    """One call, from the beginning of its `with` block to the end."""

    __slots__ = ("_api", "_failed", "_started", "_usage")

    def __init__(self, api: AiApi) -> None:
        self._api = api
        self._usage = Usage()
        self._failed = False
        self._started = 0.0

    def answered(self, answer: object) -> None:
        """Reads model, tokens and cost from an answer; an httpx Response with an error's status is a failure."""
        try:
            self._failed = getattr(answer, "is_error", False) is True
            self._usage.see(_parsed(answer))
        except Exception as error:  # noqa: BLE001  never into the application
            self._api.faults.report("outbound", error)

    def saw(self, chunk: object) -> None:
        """Reads one chunk of a streamed answer."""
        try:
            self._usage.see(chunk)
        except Exception as error:  # noqa: BLE001  never into the application
            self._api.faults.report("outbound", error)

    @overload
    def chunks(self, stream: AsyncIterator[T]) -> AsyncIterator[T]: ...
    @overload
    def chunks(self, stream: Iterator[T]) -> Iterator[T]: ...
    def chunks(self, stream: Any) -> Any:
        """The chunks of a streamed answer, one by one as they come, read in passing."""
        return self._later(stream) if hasattr(stream, "__aiter__") else self._now(stream)

    def failed(self) -> None:
        """It failed, though no exception says so."""
        self._failed = True

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: TracebackType | None) -> None:
        seconds = perf_counter() - self._started
        try:
            # Whoever leaves a stream early has had an answer.
            failed = self._failed or (error is not None and not isinstance(error, GeneratorExit))
            series = self._api.series
            if series is None:
                return
            series.ended("failed" if failed else "succeeded", seconds)
            usage = self._usage
            priced = self._api.prices.cost(usage.model, usage.tokens) if usage.cost is None else usage.cost
            series.used(usage, priced)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._api.faults.report("outbound", failure)

    def _now(self, stream: Iterator[T]) -> Iterator[T]:
        for chunk in stream:
            self.saw(chunk)
            yield chunk

    async def _later(self, stream: AsyncIterator[T]) -> AsyncIterator[T]:
        async for chunk in stream:
            self.saw(chunk)
            yield chunk


async def _awaited(answer: Coroutine[Any, Any, T], call: AiCall, block: ExitStack) -> T:
    with block:
        found = await answer
        call.answered(found)
    return found


def _parsed(answer: object) -> object:
    """The JSON of an httpx Response that has been read; anything else as it is."""
    parse = getattr(answer, "json", None)
    if not callable(parse) or getattr(answer, "is_closed", False) is not True:
        return answer
    try:
        return parse()
    except ValueError:
        return answer
