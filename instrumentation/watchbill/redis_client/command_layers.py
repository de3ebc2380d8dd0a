"""Our layers around the methods that send commands and pipelines, of sync and asyncio clients."""

from collections.abc import Callable, Coroutine
from functools import wraps
from time import perf_counter
from typing import Any

from watchbill.redis_client.batch import REPLIES, Batch
from watchbill.redis_client.command import waits
from watchbill.redis_client.hook import MARK, Hook
from watchbill.redis_client.recorder import Recorder, Row

Method = Callable[..., Any]
AsyncMethod = Callable[..., Coroutine[Any, Any, Any]]


def command(original: Method, hook: Hook) -> Method:
    """One command of a sync client."""

    @wraps(original)
    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        recorder: Recorder | None = self.__dict__.get(MARK) or hook.everywhere
        if recorder is None:
            return original(self, *args, **options)
        try:
            row: Row | None = recorder.rows[args[0]]
        except Exception:  # noqa: BLE001  a new command, or no command at all
            row = recorder.row(args)
        if row is None:
            return original(self, *args, **options)
        if row.waits or (row.may_wait and waits(args)):
            return waiting(original, self, recorder, row, args, options)
        span = None if recorder.calls is None else recorder.begin(row.name)
        began = perf_counter()
        try:
            reply = original(self, *args, **options)
        except BaseException as error:
            recorder.failed(self, row, args, error, perf_counter() - began, span)
            raise
        recorder.answered(self, row, args, reply, perf_counter() - began, span)
        return reply

    return execute_command


def async_command(original: AsyncMethod, hook: Hook) -> AsyncMethod:
    """One command of an asyncio client."""

    @wraps(original)
    async def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        recorder: Recorder | None = self.__dict__.get(MARK) or hook.everywhere
        if recorder is None:
            return await original(self, *args, **options)
        try:
            row: Row | None = recorder.rows[args[0]]
        except Exception:  # noqa: BLE001  a new command, or no command at all
            row = recorder.row(args)
        if row is None:
            return await original(self, *args, **options)
        if row.waits or (row.may_wait and waits(args)):
            return await async_waiting(original, self, recorder, row, args, options)
        span = None if recorder.calls is None else recorder.begin(row.name)
        began = perf_counter()
        try:
            reply = await original(self, *args, **options)
        except BaseException as error:
            recorder.failed(self, row, args, error, perf_counter() - began, span)
            raise
        recorder.answered(self, row, args, reply, perf_counter() - began, span)
        return reply

    return execute_command


def waiting(
    original: Method, client: Any, recorder: Recorder, row: Row, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """A command that waits for something to arrive: how long says nothing of Redis."""
    recorder.waits(row)
    try:
        return original(client, *args, **options)
    except BaseException as error:
        recorder.failed(client, row, args, error, None, None)
        raise


async def async_waiting(
    original: AsyncMethod, client: Any, recorder: Recorder, row: Row, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """The same in asyncio."""
    recorder.waits(row)
    try:
        return await original(client, *args, **options)
    except BaseException as error:
        recorder.failed(client, row, args, error, None, None)
        raise


def execution(original: Method, hook: Hook) -> Method:
    """What a sync pipeline sends at once."""

    @wraps(original)
    def execute(self: Any, *args: Any, **options: Any) -> Any:
        recorder: Recorder | None = self.__dict__.get(MARK) or hook.everywhere
        batch = None if recorder is None else recorder.batch(self)
        if recorder is None or batch is None:
            return original(self, *args, **options)
        span = recorder.begin_batch(batch)
        began = perf_counter()
        try:
            replies = original(self, *args, **options)
        except BaseException as error:
            _ended(self, recorder, batch, None, error, perf_counter() - began, span)
            raise
        _ended(self, recorder, batch, replies, None, perf_counter() - began, span)
        return replies

    return execute


def async_execution(original: AsyncMethod, hook: Hook) -> AsyncMethod:
    """What an asyncio pipeline sends at once."""

    @wraps(original)
    async def execute(self: Any, *args: Any, **options: Any) -> Any:
        recorder: Recorder | None = self.__dict__.get(MARK) or hook.everywhere
        batch = None if recorder is None else recorder.batch(self)
        if recorder is None or batch is None:
            return await original(self, *args, **options)
        span = recorder.begin_batch(batch)
        began = perf_counter()
        try:
            replies = await original(self, *args, **options)
        except BaseException as error:
            _ended(self, recorder, batch, None, error, perf_counter() - began, span)
            raise
        _ended(self, recorder, batch, replies, None, perf_counter() - began, span)
        return replies

    return execute


def first_error(original: Method, hook: Hook) -> Method:
    """Keeps all replies of a pipeline that raises for the first error among them."""

    @wraps(original)
    def raise_first_error(self: Any, commands: Any, response: Any, *args: Any, **options: Any) -> Any:
        if self.__dict__.get(MARK) or hook.everywhere:
            self.__dict__[REPLIES] = response
        return original(self, commands, response, *args, **options)

    return raise_first_error


def derived(original: Method, _hook: Hook) -> Method:
    """A client's pipelines, and the clients it makes of itself, are instrumented as it is."""

    @wraps(original)
    def made(self: Any, *args: Any, **options: Any) -> Any:
        found = original(self, *args, **options)
        recorder = self.__dict__.get(MARK)
        if recorder is not None:
            for part in (found, getattr(found, "_execution_strategy", None)):
                if part is not None:
                    part.__dict__[MARK] = recorder
        return found

    return made


def _ended(
    pipe: Any,
    recorder: Recorder,
    batch: Batch,
    replies: Any,
    error: BaseException | None,
    seconds: float,
    span: Any,
) -> None:
    kept = pipe.__dict__.pop(REPLIES, None)
    batch.settle(kept if replies is None else replies)
    recorder.batch_ended(pipe, batch, error, seconds, span)
