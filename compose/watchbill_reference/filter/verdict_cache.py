"""Verdicts in Redis; a cache that fails is a cache that missed."""

import json
from hashlib import sha256

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from watchbill.caches.cache import Cache
from watchbill_reference.filter.verdict import Verdict

SECONDS_TO_LIVE = 60

log = structlog.get_logger()


class VerdictCache:
    """Verdicts by a hash of their text, for a minute; `watched` counts reads and writes."""

    def __init__(self, client: Redis, watched: Cache) -> None:
        self._client = client
        self._watched = watched

    async def get(self, text: str) -> Verdict | None:
        """The kept verdict, or None."""
        try:
            with self._watched.get() as read:
                kept = await self._client.get(_key(text))
                if kept is None:
                    return None
                read.hit()
        except RedisError as error:
            log.warning("cache read failed", error=type(error).__name__)
            return None
        return Verdict(tuple(json.loads(kept)), "cache")

    async def set(self, text: str, verdict: Verdict) -> None:
        """Keep a verdict; raises RedisError."""
        with self._watched.set():
            await self._client.set(_key(text), json.dumps(verdict.flags), ex=SECONDS_TO_LIVE)


def _key(text: str) -> str:
    return f"filter:verdict:{sha256(text.encode()).hexdigest()}"
