"""What is read of a target's declared keys, streams and queues."""

from collections.abc import Iterator

from watchbill_exporters.redis_server.arq_queues import arq_collectors
from watchbill_exporters.redis_server.celery_queues import celery_collectors, celery_message_collectors
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import Declared
from watchbill_exporters.redis_server.keys import key_age_collectors, key_collectors
from watchbill_exporters.redis_server.stream_groups import group_collectors
from watchbill_exporters.redis_server.streams import stream_collectors


def declared_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """All that a target needs. Those that read whole items stand last: a huge one costs none of the others."""
    yield from key_collectors(declared)
    yield from celery_collectors(declared)
    yield from arq_collectors(declared)
    yield from group_collectors(declared)
    yield from key_age_collectors(declared)
    yield from celery_message_collectors(declared)
    yield from stream_collectors(declared)
