"""arq: jobs that are enqueued, and what workers do with them.

A job's dictionary, which a worker of any version reads by its keys, has one key more, with when the job is due and its
trace. It is not among the arguments, nor in the result.
"""

import pickle
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from time import time
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.queues.arq_run import KEY, RUNNING, ArqRun, JobTasks
from watchbill.queues.arq_source import ArqSource
from watchbill.queues.poller import Poller
from watchbill.queues.publication import Publication
from watchbill.queues.redis_state import RedisState
from watchbill.queues.traffic import Traffic
from watchbill.report import Entry

SYSTEM = "arq"
_MOST_QUEUES = 20
_RESULT = 6
"""Where `serialize_result` has the result among its positional arguments."""

_SENDING: "ContextVar[dict[str, str] | None]" = ContextVar("watchbill_arq_sending", default=None)


class ArqAttachment:
    """Our part in arq: in all of it, or in one ArqRedis or Worker.

    With a worker's settings it is in all of it too, and reads the depth of the queue they name from the start; else a
    queue is read once a job has been enqueued or run.
    """

    kind = "arq"

    def __init__(self, ground: Ground, settings: Any = None) -> None:
        arq = required("arq", needed_by="obs.arq()")
        self.target: object = arq if settings is None else settings
        self._settings = _settings_of(settings)
        self._everything = settings is None or self._settings is not None
        if not self._everything and not (is_a(settings, arq.ArqRedis) or is_a(settings, arq.Worker)):
            given = f"{type(settings).__name__} is neither an ArqRedis, nor a Worker, nor a class of worker settings"
            raise InvalidDeclaration("arq", [given])
        self._faults = ground.faults
        self._traffic = Traffic(ground, SYSTEM)
        self._poller = Poller.of(ground)
        self._sources: dict[str, ArqSource] = {}
        self._met: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
        self._workers: WeakSet[Any] = WeakSet()

    def attach(self) -> None:
        """Puts it in."""
        _HOOKS.add(self)
        if self._settings is not None:
            self._read_settings(self._settings)

    def detach(self) -> None:
        """Takes it out."""
        _HOOKS.remove(self)
        for worker in list(self._workers):
            hook = worker.on_job_start
            if isinstance(hook, _Starting):
                worker.on_job_start = hook.before
            worker.job_tasks = dict(worker.job_tasks)
        self._workers.clear()
        if self._poller is not None:
            for name in self._sources:
                self._poller.remove(name)
        self._sources.clear()
        self._met.clear()

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry("arq", "on", "jobs are counted when they are enqueued and when they are run")

    def covers(self, subject: Any) -> bool:
        """Whether it speaks for an ArqRedis or a worker."""
        target = self.target
        if self._everything or subject is target:
            return True
        return subject is getattr(target, "_pool", None) or getattr(subject, "_pool", None) is target

    def send(
        self, redis: Any, function: str, options: Mapping[str, Any], headers: dict[str, str]
    ) -> Publication | None:
        """A job is about to be enqueued."""
        try:
            queue = options.get("_queue_name") or redis.default_queue_name
            self._meet(redis, queue)
            due = _due(options.get("_defer_until"), options.get("_defer_by"))
            return self._traffic.send(queue, function, headers, due=due, message_id=options.get("_job_id") or "")
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
            return None

    def run(self, worker: Any, score: int) -> ArqRun | None:
        """A worker has taken a job."""
        try:
            if worker not in self._workers:
                self._prepare(worker)
            return ArqRun(self._traffic, self._faults, worker, score)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
            return None

    def _prepare(self, worker: Any) -> None:
        for function in worker.functions:
            self._traffic.known(worker.queue_name, function)
        worker.on_job_start = _Starting(worker.on_job_start)
        worker.job_tasks = JobTasks(worker)
        self._workers.add(worker)
        self._meet(worker.pool, worker.queue_name)

    def _meet(self, redis: Any, queue: str) -> None:
        pool = redis.connection_pool
        known = self._met.get(pool) or set[str]()
        if queue in known or max(len(known), len(self._sources)) >= _MOST_QUEUES:
            return
        self._met[pool] = known
        known.add(queue)
        state = RedisState.of(pool)
        if state is None or self._poller is None:
            return
        source = ArqSource(state, queue)
        if source.name not in self._sources:
            self._sources[source.name] = source
            self._poller.add(source)

    def _read_settings(self, settings: Mapping[str, Any]) -> None:
        from arq.connections import ArqRedis, RedisSettings
        from arq.constants import default_queue_name

        queue = settings.get("queue_name", default_queue_name)
        pool, where = settings.get("redis_pool"), settings.get("redis_settings") or RedisSettings()
        if pool is None and isinstance(where.host, str):
            pool = ArqRedis(
                host=where.host,
                port=where.port,
                unix_socket_path=where.unix_socket_path,
                db=where.database,
                username=where.username,
                password=where.password,
                ssl=where.ssl,
            )
        if pool is not None:
            self._meet(pool, queue or pool.default_queue_name)


class _Starting:
    """What a worker calls before each job: the application's own hook, then ours."""

    def __init__(self, before: Callable[..., Any] | None) -> None:
        self.before = before

    async def __call__(self, context: dict[Any, Any]) -> None:
        if self.before is not None:
            await self.before(context)
        run = RUNNING.get()
        if run is not None:
            run.begin(context)


class _Hooks:
    """arq's functions that are replaced while there is an attachment. The first one that covers an object counts."""

    def __init__(self) -> None:
        self._attachments: list[ArqAttachment] = []
        self._put: list[tuple[Any, str, Any, Any]] = []

    def covering(self, subject: object) -> ArqAttachment | None:
        """Who counts for an object."""
        for attachment in self._attachments:
            if attachment.covers(subject):
                return attachment
        return None

    def add(self, attachment: ArqAttachment) -> None:
        """One more."""
        if not self._put:
            self._install()
        self._attachments.append(attachment)

    def remove(self, attachment: ArqAttachment) -> None:
        """One less; with the last one arq is as it was."""
        if attachment in self._attachments:
            self._attachments.remove(attachment)
        if self._attachments:
            return
        for holder, name, original, ours in self._put:
            # What somebody has put on top stays, and ours passes everything through.
            if getattr(holder, name) is ours:
                setattr(holder, name, original)
        self._put.clear()

    def _install(self) -> None:
        from arq import connections, worker

        self._replace(connections.ArqRedis, "enqueue_job", self._enqueuing)
        self._replace(connections, "serialize_job", _serializing)
        self._replace(worker.Worker, "run_job", self._running)
        self._replace(worker, "deserialize_job_raw", _deserializing)
        self._replace(worker, "serialize_result", _resulting)

    def _replace(self, holder: Any, name: str, layer: Callable[[Any], Any]) -> None:
        original = getattr(holder, name)
        ours = layer(original)
        setattr(holder, name, ours)
        self._put.append((holder, name, original, ours))

    def _enqueuing(self, enqueue: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(enqueue)
        async def enqueue_job(redis: Any, function: str, *args: Any, **kwargs: Any) -> Any:
            attachment = self.covering(redis) if _SENDING.get() is None else None
            headers: dict[str, str] = {}
            publication = attachment.send(redis, function, kwargs, headers) if attachment is not None else None
            if publication is None:
                return await enqueue(redis, function, *args, **kwargs)
            token = _SENDING.set(headers)
            try:
                job = await enqueue(redis, function, *args, **kwargs)
            except BaseException as error:
                publication.failed(error)
                raise
            finally:
                _SENDING.reset(token)
            if job is None:
                publication.dropped()
            else:
                publication.sent()
            return job

        return enqueue_job

    def _running(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        async def run_job(worker: Any, job_id: str, score: int) -> Any:
            attachment = self.covering(worker) if RUNNING.get() is None else None
            running = attachment.run(worker, score) if attachment is not None else None
            if running is None:
                return await run(worker, job_id, score)
            token = RUNNING.set(running)
            try:
                return await run(worker, job_id, score)
            finally:
                RUNNING.reset(token)
                running.over()

        return run_job


_HOOKS = _Hooks()


def _serializing(serialize: Callable[..., bytes]) -> Callable[..., bytes]:
    @wraps(serialize)
    def serialize_job(*args: Any, serializer: Callable[[Any], bytes] | None = None, **kwargs: Any) -> bytes:
        headers = _SENDING.get()
        if not headers:
            return serialize(*args, serializer=serializer, **kwargs)
        write = serializer or pickle.dumps

        def with_headers(data: dict[str, Any]) -> bytes:
            try:
                return write({**data, KEY: headers})
            except Exception:  # noqa: BLE001  a serializer may know certain keys alone
                return write(data)

        return serialize(*args, serializer=with_headers, **kwargs)

    return serialize_job


def _deserializing(deserialize: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(deserialize)
    def deserialize_job_raw(raw: bytes, *, deserializer: Callable[[bytes], Any] | None = None) -> Any:
        run = RUNNING.get()
        if run is None:
            return deserialize(raw, deserializer=deserializer)
        read = deserializer or pickle.loads

        def read_along(raw: bytes) -> Any:
            data = read(raw)
            run.read(data)
            return data

        return deserialize(raw, deserializer=read_along)

    return deserialize_job_raw


def _resulting(serialize: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(serialize)
    def serialize_result(*args: Any, **kwargs: Any) -> Any:
        run = RUNNING.get()
        if run is not None:
            run.results_in(kwargs.get("result", args[_RESULT] if len(args) > _RESULT else None))
        return serialize(*args, **kwargs)

    return serialize_result


def _due(until: datetime | None, by: Any) -> float | None:
    if until is not None:
        return until.timestamp()
    if not by:
        return None
    return time() + float(getattr(by, "total_seconds", lambda: by)())


def _settings_of(settings: Any) -> Mapping[str, Any] | None:
    """What a class of worker settings, or a dictionary of them, says."""
    if not (is_a(settings, dict) or is_a(settings, type)):
        return None
    found = cast("Mapping[str, Any]", settings if is_a(settings, dict) else vars(settings))
    return found if "functions" in found or "cron_jobs" in found else None
