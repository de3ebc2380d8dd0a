"""Our layers over the methods of one SQLAlchemy pool."""

from collections import deque
from collections.abc import Callable
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet, ref

from watchbill.catalogue.pool import AGE, BROKEN
from watchbill.database.claim import claim, disclaim
from watchbill.database.pool import PoolPart
from watchbill.integrations.sqlalchemy_pool_numbers import numbers_of

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

    from watchbill.integrations.sqlalchemy_pool import PoolAttachment

MARK = "_watchbill_pool"
_SINCE = "_watchbill_since"
_MOST_AT_ONCE = 64
_CLAIMABLE = frozenset({"psycopg", "asyncpg"})


class FollowedPool:
    """In place on a pool, whose own attribute it is, until `end`."""

    def __init__(self, attachment: "PoolAttachment", pool: "Pool") -> None:
        from sqlalchemy.exc import TimeoutError as PoolTimeout

        self.part: PoolPart | None = attachment.part
        self._attachment = attachment
        self._faults = attachment.ground.faults
        self._timeout = PoolTimeout
        self._pool: ref[Pool] = ref(pool)
        self._waiting: deque[None] = deque()
        self._records: WeakSet[ConnectionPoolEntry] = WeakSet()
        self._put: list[tuple[dict[str, Any], str, Any, Any]] = []
        self._is_on = True
        own = numbers_of(pool, self._waiting)
        self._held = attachment.held if own is None else None
        self.numbers = own or attachment.count
        vars(pool)[MARK] = self
        self._put_in(pool, getattr(pool, "_pool", None))

    @staticmethod
    def of(pool: "Pool") -> "FollowedPool | None":
        """That in place on a pool."""
        return pool.__dict__.get(MARK)

    @classmethod
    def is_free(cls, pool: "Pool") -> bool:
        """Whether nobody counts it; one that was made from another engine's pool is let go of by that."""
        present = cls.of(pool)
        if present is not None and present._attachment.pool is not pool:  # noqa: SLF001  our own
            present.end()
        return cls.of(pool) is None

    def end(self) -> None:
        """Takes the layers off; one that another library has put its own over does nothing from now on."""
        self._is_on = False
        for own, name, layer, before in reversed(self._put):
            if own.get(name) is layer:
                del own[name]
                own.update({name: before} if before is not None else {})
        self._put.clear()
        for record in self._records:
            disclaim(record.driver_connection)
        pool = self._pool()
        if pool is not None:
            vars(pool).pop(MARK, None)

    def _put_in(self, pool: "Pool", queue: Any) -> None:
        self._replace(pool, "_invoke_creator", self._creating)
        self._replace(pool, "_close_connection", self._closing)
        self._replace(pool, "_do_return_conn", self._returning)
        self._replace(pool, "connect", self._connecting)
        self._replace(pool, "dispose", self._disposing)
        self._replace(pool, "recreate", self._recreating)
        if queue is not None and hasattr(queue, "qsize"):
            self._replace(queue, "get", lambda get: self._getting(get, queue.qsize))

    def _replace(self, holder: Any, name: str, layer: Callable[[Any], Any]) -> None:
        own = cast("dict[str, Any]", vars(holder))
        made = layer(getattr(holder, name))
        self._put.append((own, name, made, own.get(name)))
        own[name] = made

    def _connecting(self, connect: "Callable[[], PoolProxiedConnection]") -> "Callable[[], PoolProxiedConnection]":
        def connected() -> "PoolProxiedConnection":
            part = self.part
            if part is None or not self._is_on:
                return connect()
            began = perf_counter()
            try:
                fairy: Any = connect()
            except BaseException as error:
                self._refused(part, perf_counter() - began, error)
                raise
            try:
                # A thread's own connection may be given to it again.
                if fairy._counter == 1:  # noqa: SLF001  it has no public name
                    self._taken(part, fairy._connection_record, began)  # noqa: SLF001  as above
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("pool", error)
            return cast("PoolProxiedConnection", fairy)

        return connected

    def _taken(self, part: PoolPart, record: Any, began: float) -> None:
        now = perf_counter()
        series = part.series
        series.wait.observe(now - began)
        own = record.__dict__
        if _SINCE not in own:
            own[_SINCE] = deque(maxlen=_MOST_AT_ONCE)
            self._meet(record)
        own[_SINCE].append(now)
        if self._held is not None:
            self._held[id(record)] = None
        part.moved()

    def _refused(self, part: PoolPart, seconds: float, error: BaseException) -> None:
        try:
            part.series.wait.observe(seconds)
            if isinstance(error, self._timeout):
                part.series.timeouts.inc()
            part.moved()
        except Exception as fault:  # noqa: BLE001  never into the application
            self._faults.report("pool", fault)

    def _returning(self, give_back: Callable[..., None]) -> Callable[..., None]:
        def returned(record: Any) -> None:
            try:
                give_back(record)
            finally:
                if self._is_on and self.part is not None:
                    self._returned(self.part, record)

        return returned

    def _returned(self, part: PoolPart, record: Any) -> None:
        try:
            if self._held is not None:
                self._held.pop(id(record), None)
            since = record.__dict__.get(_SINCE)
            if since:
                part.series.hold.observe(perf_counter() - since.popleft())
            part.moved()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("pool", error)

    def _creating(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def created(record: Any) -> Any:
            try:
                connection = create(record)
            except Exception:
                if self._is_on and self.part is not None:
                    self.part.count_opened(failed=True)
                raise
            if self._is_on:
                if self.part is not None:
                    self.part.count_opened()
                self._met(record, connection)
            return connection

        return created

    def _met(self, record: Any, connection: Any) -> None:
        try:
            self._records.add(record)
            pool: Any = self._pool()
            if pool is not None:
                driver = pool._dialect.get_driver_connection(connection)  # noqa: SLF001  it has no public name
                if type(driver).__module__.partition(".")[0] in _CLAIMABLE:
                    claim(driver)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("pool", error)

    def _meet(self, record: Any) -> None:
        """One that was there before us."""
        if record not in self._records:
            self._met(record, record.dbapi_connection)

    def _closing(self, close: Callable[..., None]) -> Callable[..., None]:
        def closed(connection: Any, *, terminate: bool = False) -> None:
            if terminate and self._is_on and self.part is not None:
                self._recycled(self.part, connection)
            close(connection, terminate=terminate)

        return closed

    def _recycled(self, part: PoolPart, connection: Any) -> None:
        try:
            # A detached connection belongs to no record; its end is the caller's own affair.
            record: Any = next((one for one in self._records if one.dbapi_connection is connection), None)
            pool: Any = self._pool()
            if record is not None and pool is not None:
                old = -1 < pool._recycle < time() - record.starttime  # noqa: SLF001  it has no public name
                part.series.recycled[AGE if old else BROKEN].inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("pool", error)

    def _disposing(self, dispose: Callable[[], None]) -> Callable[[], None]:
        def disposed() -> None:
            try:
                dispose()
            finally:
                if self._is_on:
                    self._attachment.refresh()

        return disposed

    def _recreating(self, recreate: "Callable[[], Pool]") -> "Callable[[], Pool]":
        def recreated() -> "Pool":
            pool = recreate()
            if self._is_on:
                try:
                    self._attachment.follow(pool)
                    if self._attachment.pool is self._pool():
                        self._attachment.replaced(by=pool)
                except Exception as error:  # noqa: BLE001  never into the application
                    self._faults.report("pool", error)
            return pool

        return recreated

    def _getting(self, get: Callable[..., Any], idle: Callable[[], int]) -> Callable[..., Any]:
        def got(block: bool = True, timeout: float | None = None) -> Any:
            if not (block and self._is_on):
                return get(block, timeout)
            self._waiting.append(None)
            try:
                if not idle() and self.part is not None:
                    self.part.moved()
                return get(block, timeout)
            finally:
                self._waiting.pop()

        return got
