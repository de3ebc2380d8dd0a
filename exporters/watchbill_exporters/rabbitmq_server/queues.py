"""Queues: what the listener says of each, as metrics."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import time

from watchbill.catalogue.broker import CELERY_QUEUE_LENGTH, CELERY_QUEUE_OLDEST, CELERY_QUEUE_UNACKED
from watchbill.catalogue.metric import Metric
from watchbill.catalogue.rabbitmq import (
    CELERY_CONSUMERS,
    RABBITMQ_BYTES,
    RABBITMQ_HEAD_AGE,
    RABBITMQ_HEAD_TIMESTAMP,
    RABBITMQ_MESSAGES,
    RABBITMQ_QUEUE_ACKED,
    RABBITMQ_QUEUE_CONSUMERS,
    RABBITMQ_QUEUE_DELIVERED,
    RABBITMQ_QUEUE_DELIVERED_ACK,
    RABBITMQ_QUEUE_GOT,
    RABBITMQ_QUEUE_GOT_ACK,
    RABBITMQ_QUEUE_GOT_NOTHING,
    RABBITMQ_QUEUE_MEMORY,
    RABBITMQ_QUEUE_PUBLISHED,
    RABBITMQ_QUEUE_REDELIVERED,
    RABBITMQ_QUEUE_STATE,
    RABBITMQ_READY,
    RABBITMQ_READY_BYTES,
    RABBITMQ_STATE,
    RABBITMQ_UNACKED,
    RABBITMQ_UNACKED_BYTES,
    RABBITMQ_UTILISATION,
)
from watchbill_exporters.collector import Key, Measured, column, series
from watchbill_exporters.json_value import number, part_of
from watchbill_exporters.rabbitmq_server.selection import Row, Selection, key_of

TOTALS: Mapping[str, Metric] = {
    "messages": RABBITMQ_MESSAGES,
    "messages_ready": RABBITMQ_READY,
    "messages_unacknowledged": RABBITMQ_UNACKED,
}
_DETAILS: Mapping[str, Metric] = {
    "consumers": RABBITMQ_QUEUE_CONSUMERS,
    "memory": RABBITMQ_QUEUE_MEMORY,
    "message_bytes": RABBITMQ_BYTES,
    "message_bytes_ready": RABBITMQ_READY_BYTES,
    "message_bytes_unacknowledged": RABBITMQ_UNACKED_BYTES,
    "head_message_timestamp": RABBITMQ_HEAD_TIMESTAMP,
}
_STATS: Mapping[str, Metric] = {
    "publish": RABBITMQ_QUEUE_PUBLISHED,
    "deliver": RABBITMQ_QUEUE_DELIVERED_ACK,
    "deliver_no_ack": RABBITMQ_QUEUE_DELIVERED,
    "get": RABBITMQ_QUEUE_GOT_ACK,
    "get_no_ack": RABBITMQ_QUEUE_GOT,
    "get_empty": RABBITMQ_QUEUE_GOT_NOTHING,
    "redeliver": RABBITMQ_QUEUE_REDELIVERED,
    "ack": RABBITMQ_QUEUE_ACKED,
}
COLUMNS = ",".join(
    (
        "name",
        "vhost",
        "state",
        "consumer_utilisation",
        "consumer_capacity",
        *TOTALS,
        *_DETAILS,
        *(f"message_stats.{name}" for name in _STATS),
    )
)
"""What is asked for of each queue: a tenth of all there is."""
_RUNNING = frozenset({"running", "idle", "live"})


def totals(rows: Sequence[Row], missing: Sequence[Key]) -> Iterator[Measured]:
    """Depth and state of each queue, and 0 for declared ones that do not exist."""
    keys = [*map(key_of, rows), *missing]
    for field, metric in TOTALS.items():
        yield column(metric, keys, [*(number(row.get(field)) for row in rows), *(0.0 for _ in missing)])
    states = [(key_of(row), str(row["state"])) for row in rows if "state" in row]
    yield series(RABBITMQ_QUEUE_STATE, (((*key, _state(state)), float(state in _RUNNING)) for key, state in states))


def details(rows: Sequence[Row], missing: Sequence[Key]) -> Iterator[Measured]:
    """Consumers, bytes, age and counters of each queue."""
    keys = [key_of(row) for row in rows]
    known = [*keys, *missing]
    nobody = [0.0 for _ in missing]
    for field, metric in _DETAILS.items():
        values = [number(row.get(field)) for row in rows]
        if metric is RABBITMQ_QUEUE_CONSUMERS:
            yield column(metric, known, [*values, *nobody])
        else:
            yield column(metric, keys, values)
    yield column(RABBITMQ_HEAD_AGE, known, [*map(head_age(time()), rows), *nobody])
    yield column(RABBITMQ_UTILISATION, keys, [_utilisation(row) for row in rows])
    for field, metric in _STATS.items():
        yield column(metric, keys, [number(part_of(row, "message_stats").get(field)) for row in rows])


def celery(selection: Selection, rows: Sequence[Row], missing: Sequence[Key]) -> Iterator[Measured]:
    """Declared Celery queues under the names they have on any broker; those of several virtual hosts add up."""
    absent = {name for _, name in missing}
    found: dict[str, list[Row]] = {name: [] for name in selection.settings.celery_queues}
    for row in rows:
        found.get(row["name"], []).append(row)
    for metric, field in (
        (CELERY_QUEUE_LENGTH, "messages_ready"),
        (CELERY_QUEUE_UNACKED, "messages_unacknowledged"),
        (CELERY_CONSUMERS, "consumers"),
    ):
        yield _over(metric, found, absent, partial(_field, field), sum)
    yield _over(CELERY_QUEUE_OLDEST, found, absent, head_age(time()), max)


def head_age(now: float) -> Callable[[Row], float | None]:
    """How old the first message of a queue is; publishers' clocks may be ahead."""

    def age(row: Row) -> float | None:
        if number(row.get("messages")) == 0.0:
            return 0.0
        stamped = number(row.get("head_message_timestamp"))
        return None if stamped is None else max(0.0, now - stamped)

    return age


def _over(
    metric: Metric,
    found: Mapping[str, Sequence[Row]],
    absent: set[str],
    read: Callable[[Row], float | None],
    together: Callable[[Sequence[float]], float],
) -> Measured:
    """One value for each name; none where a queue does not tell, 0 where there is no queue."""
    pairs: list[tuple[Key, float]] = []
    for name, rows in found.items():
        values = [read(row) for row in rows]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            pairs.append(((name,), float(together(known))))
        elif not rows and name in absent:
            pairs.append(((name,), 0.0))
    return series(metric, pairs)


def _field(name: str, row: Row) -> float | None:
    return number(row.get(name))


def _state(state: str) -> str:
    if state == "live":
        return "running"
    return state if state in RABBITMQ_STATE.values else "other"


def _utilisation(row: Row) -> float | None:
    # Renamed in RabbitMQ 3.9; without consumers there is nothing to utilise.
    if not number(row.get("consumers")):
        return None
    capacity = number(row.get("consumer_capacity"))
    return number(row.get("consumer_utilisation")) if capacity is None else capacity
