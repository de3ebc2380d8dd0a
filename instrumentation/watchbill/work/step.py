"""A step that items go through."""

from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from time import perf_counter
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from opentelemetry.trace import SpanKind

from watchbill.catalogue.work import CACHED, CANCELLED, FAILED, SKIPPED, SUCCEEDED
from watchbill.errors import InvalidDeclaration
from watchbill.function import is_async, misfit
from watchbill.ground import Ground
from watchbill.work.series import StepSeries, WorkSeries, name_fault

P = ParamSpec("P")
R = TypeVar("R")

_OF_GENERATORS = "a generator runs when it is iterated; put `with obs.step(...)` around what it does for an item"
_ENTERED: ContextVar["tuple[Passage, Any] | None"] = ContextVar("watchbill_step", default=None)


class Passage:
    """One passage of one or several items through a step, from entering to leaving.

    What is said with `failed`, `skipped`, `cached` or `succeeded` counts so many items; the others succeeded, failed
    where an exception leaves it, or were cancelled. It may be entered again once it has been left.
    """

    __slots__ = ("_began", "_ground", "_items", "_over", "_series", "_span", "_step", "_told")

    def __init__(self, ground: Ground, step: "Step", series: StepSeries | None, items: int) -> None:
        self._ground = ground
        self._step = step
        self._series = series
        self._items = items
        self._told: list[tuple[str, int]] = []
        self._span: Any = None
        self._over = True
        self._began = 0.0

    def succeeded(self, items: int = 1) -> None:
        """So many items went through."""
        self._tell(SUCCEEDED, items)

    def failed(self, items: int = 1) -> None:
        """So many items failed."""
        self._tell(FAILED, items)

    def skipped(self, items: int = 1) -> None:
        """So many items had no need of it."""
        self._tell(SKIPPED, items)

    def cached(self, items: int = 1) -> None:
        """For so many items an earlier result was used."""
        self._tell(CACHED, items)

    def __enter__(self) -> Self:
        if not self._over:
            return self
        self._over = False
        self._told.clear()
        try:
            if self._series is not None:
                self._series.running.inc(self._items)
            if self._ground.calls is not None:
                self._span = self._ground.calls.begin(f"step {self._step.name}", SpanKind.INTERNAL)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("work", error)
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = perf_counter() - self._began
        if self._over:
            return
        self._over = True
        try:
            if self._series is not None:
                self._series.running.dec(self._items)
                self._series.duration.observe(took)
            outcomes = self._outcomes(error)
            if self._series is not None:
                for outcome, items in outcomes.items():
                    self._series.items[outcome].inc(items)
            if self._span is not None:
                self._end(outcomes, error)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._ground.faults.report("work", failure)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def is_over(self) -> bool:
        """Whether it has been left."""
        return self._over

    def _tell(self, outcome: str, items: int) -> None:
        self._told.append((outcome, items))

    def _outcomes(self, error: BaseException | None) -> dict[str, int]:
        outcomes: dict[str, int] = {}
        for outcome, items in self._told:
            outcomes[outcome] = outcomes.get(outcome, 0) + items
        rest = self._items - sum(outcomes.values())
        if rest > 0:
            outcome = outcome_of(error)
            outcomes[outcome] = outcomes.get(outcome, 0) + rest
        return outcomes

    def _end(self, outcomes: dict[str, int], error: BaseException | None) -> None:
        counts = {f"work.items.{outcome}": count for outcome, count in outcomes.items()}
        self._span.end({"work.step": self._step.name, "work.variant": self._step.variant, **counts}, error)


class Step:
    """A step, for `with`, `async with`, and as a decorator of functions, plain or async; it may be kept and shared.

    Each passage is one item: its time, its outcome, and that it is in progress. `of` takes several at once.
    """

    def __init__(self, ground: Ground, name: str, *, variant: str = "none") -> None:
        faults = name_fault("name", name, "thumbnail") + name_fault("variant", variant, "small")
        if faults:
            raise InvalidDeclaration("step", faults)
        self.name = name
        self.variant = variant
        self._ground = ground
        self._series = None if ground.emission is None else WorkSeries.of(ground.emission).step(name, variant)
        self._entered: dict[Passage, None] = {}

    def of(self, items: int) -> Passage:
        """A passage of several items, to be entered: `with thumbnail.of(len(images)) as passage`."""
        return Passage(self._ground, self, self._series, items)

    def __enter__(self) -> Passage:
        around = _ENTERED.get()
        # A task that a passage started has it around for good.
        while around is not None and around[0].is_over:
            around = around[1]
        passage = self.of(1)
        self._entered[passage] = None
        _ENTERED.set((passage, around))
        return passage.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        passage = self._leaving()
        if passage is not None:
            passage.__exit__(kind, error, trace)

    async def __aenter__(self) -> Passage:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function: each call of it is a passage."""
        given: Any = function
        fault = misfit(given, "step", _OF_GENERATORS)
        if fault:
            raise InvalidDeclaration(f"step {self.name!r}", [fault])
        if is_async(given):

            @wraps(given)
            async def passed_later(*args: Any, **kwargs: Any) -> Any:
                with self.of(1):
                    return await given(*args, **kwargs)

            return cast("Callable[P, R]", passed_later)

        @wraps(function)
        def passed(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.of(1):
                return function(*args, **kwargs)

        return passed

    def _leaving(self) -> Passage | None:
        """The passage that this context entered last; where it entered none, the last one of any."""
        found = _ENTERED.get()
        while found is not None and (found[0] not in self._entered or found[0].is_over):
            found = found[1]
        if found is not None:
            _ENTERED.set(found[1])
            self._entered.pop(found[0], None)
            return found[0]
        with suppress(KeyError):
            return self._entered.popitem()[0]
        return None


def outcome_of(error: BaseException | None) -> str:
    """What became of an item, or a job, that an exception left."""
    if error is None:
        return SUCCEEDED
    return CANCELLED if isinstance(error, CancelledError | GeneratorExit | KeyboardInterrupt) else FAILED
