"""What one instrumented client, or all of them, leave behind: metrics, the request's account, spans."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from prometheus_client import Counter, Histogram

from watchbill.ground import Ground
from watchbill.redis_client import command as commands
from watchbill.redis_client.batch import Batch, arguments, batch_of
from watchbill.redis_client.key_use import KEY_USES, KeyUse
from watchbill.redis_client.prefixes import Prefixes
from watchbill.redis_client.series import PIPELINE, TRANSACTION, RedisSeries
from watchbill.redis_client.span import attributes_of, told, with_status
from watchbill.totals import totals
from watchbill.traces.calls import CallSpan
from watchbill.traces.ids import exemplar

COMPONENT = "redis"
_MOST_ROWS = 500
_EXEMPLAR_SECONDS = 0.1
_EXPECTED = frozenset({"WatchError", "NoScriptError"})


class Row:
    """What is known of one command: its label's value and its series."""

    __slots__ = ("blocking", "duration", "exemplar_due", "may_wait", "name", "use", "waits")

    def __init__(self, name: str, raw: str, series: RedisSeries | None) -> None:
        self.name = name
        self.waits = commands.always_waits(raw)
        self.may_wait = commands.may_wait(raw)
        self.use: KeyUse | None = KEY_USES.get(raw)
        self.duration: Histogram | None = None
        self.exemplar_due = 0.0
        self.blocking: Counter | None = None
        if series is not None:
            self.blocking = series.blocking(name) if self.waits or self.may_wait else None


class Recorder:
    """Thread-safe; never raises. Copies of a client that are made by pickling it are not instrumented."""

    def __init__(self, ground: Ground, name: str, system: str, prefixes: Mapping[str, str]) -> None:
        emission = ground.emission
        self._faults = ground.faults
        self.calls = ground.calls
        self._system = system
        self._series = None if emission is None else RedisSeries(emission, name)
        self._prefixes = Prefixes(emission, prefixes) if prefixes else None
        self.rows: dict[Any, Row] = {}
        self._batches = {name: Row(name, name, None) for name in (PIPELINE, TRANSACTION)}

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def row(self, args: tuple[Any, ...]) -> Row | None:
        """Of the command in these arguments; None when there is none to be counted."""
        try:
            raw = args[0] if args else None
            # Of anything else redis-py makes an error of its own.
            return (self.rows.get(raw) or self._meet(raw)) if isinstance(raw, str | bytes) else None
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)
            return None

    def batch(self, pipeline: Any) -> Batch | None:
        """What a pipeline is about to send; None when there is nothing to be counted."""
        try:
            return batch_of(pipeline)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)
            return None

    def begin(self, name: str) -> CallSpan | None:
        """A span, under a recorded one."""
        if self.calls is None:
            return None
        try:
            return self.calls.begin(name)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)
            return None

    def begin_batch(self, batch: Batch) -> CallSpan | None:
        """The same for a pipeline."""
        try:
            return None if self.calls is None else self.calls.begin(batch.operation)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)
            return None

    def waits(self, row: Row) -> None:
        """A command is about to wait for something to arrive."""
        try:
            if row.blocking is not None:
                row.blocking.inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)

    def answered(
        self, client: Any, row: Row, args: tuple[Any, ...], reply: Any, seconds: float, span: CallSpan | None
    ) -> None:
        """A command has its reply."""
        try:
            duration = row.duration or self._duration(row)
            if duration is not None:
                if span is None or monotonic() < row.exemplar_due:
                    duration.observe(seconds)
                else:
                    row.exemplar_due = monotonic() + _EXEMPLAR_SECONDS
                    duration.observe(seconds, exemplar(span.context))
            account = totals()
            if account is not None:
                account.round_trips += 1
                account.redis_seconds += seconds
            if self._prefixes is not None and row.use is not None:
                self._prefixes.answered(row.use, args, reply, seconds, account)
            if span is not None:
                span.end(attributes_of(client, self._system, row.name))
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, error)

    def failed(
        self,
        client: Any,
        row: Row,
        args: tuple[Any, ...],
        error: BaseException,
        seconds: float | None,
        span: CallSpan | None,
    ) -> None:
        """A command ended in an error, or was cancelled; `seconds` is None where it waited for something."""
        try:
            if seconds is not None:
                self._spent(row, seconds, is_timed=isinstance(error, Exception))
            self._error(row.name, error)
            if self._prefixes is not None and row.use is not None and isinstance(error, Exception):
                self._prefixes.failed(row.use, args)
            if span is not None:
                self._end(span, attributes_of(client, self._system, row.name), error)
        except Exception as fault:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, fault)

    def batch_ended(
        self, pipeline: Any, batch: Batch, error: BaseException | None, seconds: float, span: CallSpan | None
    ) -> None:
        """A pipeline has its replies, or ended in an error."""
        try:
            row = self._batches[TRANSACTION if batch.is_transaction else PIPELINE]
            self._spent(row, seconds, is_timed=error is None or isinstance(error, Exception))
            if self._series is not None and batch.size:
                self._series.pipeline_commands.observe(batch.size)
            if batch.replies is not None:
                self._replies(batch, batch.replies)
            elif error is not None:
                self._error(row.name, error)
                self._lost(batch)
            if span is not None:
                self._end(span, attributes_of(pipeline, self._system, span.name, batch.size), error)
        except Exception as fault:  # noqa: BLE001  never into the application
            self._faults.report(COMPONENT, fault)

    def _meet(self, raw: Any) -> Row:
        name = commands.name_of(raw)
        value = (name if commands.is_known(name) else "") if self._series is None else self._series.admit(name)
        row = Row(value or "_other", name, self._series)
        if value == name and len(self.rows) < _MOST_ROWS:
            self.rows[raw] = row
        return row

    def _duration(self, row: Row) -> Histogram | None:
        # Not before it is needed: a command inside pipelines alone has none.
        if row.duration is None and self._series is not None:
            row.duration = self._series.duration(row.name)
        return row.duration

    def _spent(self, row: Row, seconds: float, *, is_timed: bool) -> None:
        duration = self._duration(row) if is_timed else None
        if duration is not None:
            duration.observe(seconds)
        account = totals()
        if account is not None:
            account.round_trips += 1
            account.redis_seconds += seconds

    def _error(self, name: str, error: BaseException) -> None:
        if self._series is not None and isinstance(error, Exception) and not is_expected(error):
            self._series.error(name, error)

    def _replies(self, batch: Batch, replies: Any) -> None:
        prefixes = self._prefixes
        account = totals() if prefixes is not None else None
        for queued, reply in zip(batch.queued, replies, strict=False):
            failed = isinstance(reply, Exception)
            if not failed and prefixes is None:
                continue
            args = arguments(queued)
            row = self.row(args)
            if row is None:
                continue
            if failed:
                self._error(row.name, reply)
            if prefixes is not None and row.use is not None:
                if failed:
                    prefixes.failed(row.use, args)
                else:
                    prefixes.answered(row.use, args, reply, None, account)

    def _lost(self, batch: Batch) -> None:
        prefixes = self._prefixes
        if prefixes is None:
            return
        for queued in batch.queued:
            args = arguments(queued)
            row = self.row(args)
            if row is not None and row.use is not None:
                prefixes.failed(row.use, args)

    @staticmethod
    def _end(span: CallSpan, attributes: dict[str, Any], error: BaseException | None) -> None:
        if error is None or is_expected(error):
            span.end(attributes)
        else:
            span.end(with_status(attributes, error), told(error))


def is_expected(error: BaseException) -> bool:
    """Whether an error is an answer: a watched key changed, or Redis does not have a script yet."""
    return type(error).__name__ in _EXPECTED
