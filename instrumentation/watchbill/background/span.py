"""The span of a background task, where spans are asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from watchbill.fault import Faults

Spans = Callable[[str], AbstractContextManager[object]]
"""Makes the span of a task of this name: begun when entered, ended when left."""


class Spanned:
    """A run with a span inside it; what goes wrong with the span stays here."""

    __slots__ = ("_faults", "_name", "_run", "_span", "_spans")

    def __init__(self, run: AbstractContextManager[object], spans: Spans, name: str, faults: Faults) -> None:
        self._run = run
        self._spans = spans
        self._name = name
        self._faults = faults
        self._span: AbstractContextManager[object] | None = None

    def __enter__(self) -> None:
        self._run.__enter__()
        try:
            span = self._spans(self._name)
            span.__enter__()
            self._span = span
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("traces", error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._span is not None:
            try:
                self._span.__exit__(kind, error, trace)
            except Exception as failure:  # noqa: BLE001  a context manager may raise what it was given
                if failure is not error:
                    self._faults.report("traces", failure)
        self._run.__exit__(kind, error, trace)
