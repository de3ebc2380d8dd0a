"""The filter's client of Redis."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from watchbill_reference.filter.settings import Settings


def redis_client(settings: Settings) -> Redis:
    """A client that gives up early: every answer of the filter is worth more than what Redis keeps."""
    host, port = settings.redis_address.rsplit(":", 1)
    return Redis(
        host=host,
        port=int(port),
        password=settings.redis_password_file.read_text(encoding="utf-8").strip(),
        socket_timeout=0.2,
        socket_connect_timeout=0.2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
