"""What each of SQLAlchemy's pools says of itself."""

from collections import deque
from collections.abc import Callable, Sized
from typing import Any

from watchbill.database.pool import PoolNumbers

_UNLIMITED = -1
# A named tuple's own constructor takes three times as long.
_tuple: Any = tuple
_numbers: Callable[..., PoolNumbers] = _tuple.__new__


def numbers_of(pool: Any, waiting: Sized) -> Callable[[], PoolNumbers] | None:
    """What reads them; None where a pool, such as a NullPool, has none."""
    from sqlalchemy.pool import AssertionPool, QueuePool, SingletonThreadPool, StaticPool

    if isinstance(pool, QueuePool):
        return _of_queue(pool, waiting)
    if isinstance(pool, SingletonThreadPool):
        return lambda: _of_threads(pool)
    if isinstance(pool, StaticPool):
        return lambda: _of_records([vars(pool)["connection"]] if "connection" in vars(pool) else [], 1)
    if isinstance(pool, AssertionPool):
        return lambda: _of_assertion(pool)
    return None


def _of_queue(pool: Any, waiting: Sized) -> Callable[[], PoolNumbers]:
    # The pool's own arithmetic in one step: asking for each number takes its queue's lock each time.
    lasting, most = pool.size(), pool._max_overflow  # noqa: SLF001  it has no public name
    limit = None if most == _UNLIMITED else lasting + most
    queue = pool._pool  # noqa: SLF001  as above
    waiting_in: object = getattr(queue, "queue", None)
    # The length of a deque is read in one step: the queue's own lock would cost more than all the rest.
    idle_of: Callable[[], int] = waiting_in.__len__ if isinstance(waiting_in, deque) else queue.qsize

    def read() -> PoolNumbers:
        idle, overflow = idle_of(), pool._overflow  # noqa: SLF001  as above
        active = lasting - idle + overflow
        # After a dispose, what comes back was never taken: the pool's own count falls under zero.
        return _numbers(
            PoolNumbers,
            (max(0, active), idle, limit, overflow if overflow > 0 and lasting else 0, len(waiting)),
        )

    return read


def _of_threads(pool: Any) -> PoolNumbers:
    return _of_records(list(pool._all_conns), pool.size)  # noqa: SLF001  it has no public name


def _of_assertion(pool: Any) -> PoolNumbers:
    record = pool._conn  # noqa: SLF001  it has no public name
    taken = int(pool._checked_out)  # noqa: SLF001  as above
    return PoolNumbers(taken, int(not taken and record is not None and record.dbapi_connection is not None), 1)


def _of_records(records: list[Any], limit: int) -> PoolNumbers:
    taken = sum(record.in_use for record in records)
    idle = sum(not record.in_use and record.dbapi_connection is not None for record in records)
    return PoolNumbers(taken, idle, limit)
