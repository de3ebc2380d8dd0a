"""A batch job: its items, its progress, and what became of it."""

from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from opentelemetry.trace import SpanKind

from watchbill.catalogue.work import CACHED, CANCELLED, FAILED, SKIPPED, SUBMITTED, SUCCEEDED
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.work.series import BatchSeries, WorkSeries, name_fault
from watchbill.work.step import outcome_of

_LOCK = Lock()


class BatchJob:
    """One job, submitted when it is made, running from entering to leaving, plain or async; entered once more it counts
    no second time.

    It fails when an exception leaves it and is cancelled by `cancel()`, by KeyboardInterrupt, or when its task is;
    items are told of by `done`, `failed`, `skipped` and `cached`, from any thread, or are whatever runs in
    `with job.item()`.
    """

    def __init__(self, ground: Ground, name: str, *, total: int = 0) -> None:
        faults = name_fault("name", name, "reindex")
        if not is_a(total, int) or total < 0:
            faults.append(f"total={total!r}: give the number of items, or 0 where it is not known")
        if faults:
            raise InvalidDeclaration("batch", faults)
        self.name = name
        self._ground = ground
        self._series = None if ground.emission is None else WorkSeries.of(ground.emission).batch(name)
        self._total = total
        self._counts: dict[str, int] = {}
        self._cancelled = False
        self._running = False
        self._over = False
        self._span: Any = None
        self._began = 0.0
        if self._series is not None:
            self._contained(self._series.jobs[SUBMITTED].inc)

    @property
    def progress(self) -> float:
        """The part of its items that is over, whatever became of them; 0 while their number is not known."""
        return min(sum(self._counts.values()) / self._total, 1.0) if self._total else 0.0

    def expect(self, items: int) -> None:
        """So many items more are to be done."""
        self._contained(lambda: self._add(items))
        self._show()

    def done(self, items: int = 1) -> None:
        """So many items succeeded."""
        self.count(SUCCEEDED, items)

    def failed(self, items: int = 1) -> None:
        """So many items failed."""
        self.count(FAILED, items)

    def skipped(self, items: int = 1) -> None:
        """So many items had no need of it."""
        self.count(SKIPPED, items)

    def cached(self, items: int = 1) -> None:
        """For so many items an earlier result was used."""
        self.count(CACHED, items)

    def item(self) -> "Item":
        """One item, from entering to leaving: done, failed when an exception leaves it, which passes, or cancelled."""
        return Item(self)

    def cancel(self) -> None:
        """It was called off: so counted when it is left; one that has not begun is over now."""
        self._cancelled = True
        if self._running or self._over:
            return
        self._over = True
        if self._series is not None:
            self._contained(self._series.jobs[CANCELLED].inc)

    def __enter__(self) -> Self:
        if self._running or self._over:
            return self
        self._running = True
        self._contained(self._begin)
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = perf_counter() - self._began
        if self._running:
            self._running, self._over = False, True
            self._contained(lambda: self._end(took, error))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _begin(self) -> None:
        if self._series is not None:
            self._series.running.inc()
        if self._ground.calls is not None:
            self._span = self._ground.calls.begin(f"batch {self.name}", SpanKind.INTERNAL)
        self._show()

    def _end(self, took: float, error: BaseException | None) -> None:
        status = CANCELLED if self._cancelled else outcome_of(error)
        if self._series is not None:
            self._series.running.dec()
            self._series.jobs[status].inc()
            self._series.duration.observe(took)
            self._leave(self._series, succeeded=status == SUCCEEDED)
        if self._span is not None:
            counts = {f"work.items.{outcome}": count for outcome, count in self._counts.items()}
            self._span.end({"work.batch": self.name, "work.status": status, **counts}, error)

    def count(self, outcome: str, items: int = 1) -> None:
        """So many items ended in one of the catalogue's outcomes."""
        self._contained(lambda: self._count(outcome, items))
        self._show()

    def _add(self, items: int) -> None:
        with _LOCK:
            self._total += items

    def _count(self, outcome: str, items: int) -> None:
        if self._series is not None:
            self._series.items[outcome].inc(items)
        with _LOCK:
            self._counts[outcome] = self._counts.get(outcome, 0) + items

    def _show(self) -> None:
        series = self._series
        if series is not None and self._running:
            self._contained(lambda: self._enter(series))

    def _enter(self, series: BatchSeries) -> None:
        with _LOCK:
            over = min(sum(self._counts.values()), self._total)
            series.progress[id(self)] = over, self._total
            series.ratio.set(_ratio(series))

    def _leave(self, series: BatchSeries, *, succeeded: bool) -> None:
        with _LOCK:
            series.progress.pop(id(self), None)
            if series.progress:
                series.ratio.set(_ratio(series))
            elif succeeded:
                series.ratio.set(1.0)

    def _contained(self, run: Any) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("work", error)


class Item:
    """One item of a batch job."""

    __slots__ = ("_job",)

    def __init__(self, job: BatchJob) -> None:
        self._job = job

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._job.count(outcome_of(error))


def _ratio(series: BatchSeries) -> float:
    over, total = (sum(column) for column in zip(*series.progress.values(), strict=True))
    return over / total if total else 0.0
