"""Search results in Redis; a cache that fails is a cache that missed."""

import json
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from watchbill_reference.shop.settings import Settings

Answer = list[dict[str, int | str]]
SECONDS_TO_LIVE = 10

log = structlog.get_logger()


class SearchCache:
    """Get, or load and keep for a few seconds. `client` is redis-py's."""

    def __init__(self, settings: Settings) -> None:
        host, port = settings.cache_address.rsplit(":", 1)
        self.client = Redis(
            host=host,
            port=int(port),
            password=settings.cache_password_file.read_text(encoding="utf-8").strip(),
            socket_timeout=0.2,
            socket_connect_timeout=0.2,
            # Waiting to try again would cost more than the database does.
            retry=Retry(NoBackoff(), 0),
        )

    async def get_or_load(self, text: str, load: Callable[[str], Awaitable[Answer]]) -> Answer:
        """The answer for a search text, from the cache where it is there."""
        key = f"search:{text}"
        try:
            kept = await self.client.get(key)
        except RedisError as error:
            log.warning("cache read failed", error=type(error).__name__)
            return await load(text)
        if kept is not None:
            found: Answer = json.loads(kept)
            return found
        loaded = await load(text)
        await self._keep(key, loaded)
        return loaded

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def _keep(self, key: str, answer: Answer) -> None:
        try:
            await self.client.set(key, json.dumps(answer), ex=SECONDS_TO_LIVE)
        except RedisError as error:
            log.warning("cache write failed", error=type(error).__name__)
