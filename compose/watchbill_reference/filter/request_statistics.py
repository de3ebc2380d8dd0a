"""What the filter counts about its requests: one pipeline each way, and so one round trip."""

from dataclasses import dataclass

from redis.asyncio import Redis

from watchbill_reference.filter.verdict import Verdict

SECONDS_TO_LIVE = 3600
_TOTALS, _USERS, _FLAGS, _MODERATION = (f"filter:statistics:{name}" for name in ("totals", "users", "flags", "api"))


@dataclass(frozen=True, slots=True)
class Judged:
    """One answered request; `took` is its core's time, in seconds."""

    user: str
    verdict: Verdict
    took: float


class Statistics:
    """Totals by user, flag and API since the last quiet hour."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def add(self, judged: Judged) -> None:
        """Count a request; raises RedisError."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hincrby(_TOTALS, "requests", 1)
        pipeline.hincrby(_TOTALS, "blocked", int(judged.verdict.is_blocked))
        pipeline.hincrby(_TOTALS, "cached", int(judged.verdict.source == "cache"))
        pipeline.hincrbyfloat(_TOTALS, "seconds", judged.took)
        pipeline.hincrby(_USERS, judged.user, 1)
        for flag in judged.verdict.flags:
            pipeline.hincrby(_FLAGS, flag, 1)
        if judged.verdict.source == "moderation":
            pipeline.hincrby(_MODERATION, "calls", 1)
            pipeline.hincrbyfloat(_MODERATION, "seconds", judged.verdict.asked)
        for key in (_TOTALS, _USERS, _FLAGS, _MODERATION):
            pipeline.expire(key, SECONDS_TO_LIVE)
        await pipeline.execute()

    async def read(self) -> dict[str, dict[str, str] | int]:
        """All totals, and the number of users; raises RedisError."""
        pipeline = self._client.pipeline(transaction=False)
        for key in (_TOTALS, _FLAGS, _MODERATION):
            pipeline.hgetall(key)
        pipeline.hlen(_USERS)
        totals, flags, moderation, users = await pipeline.execute()
        return {"totals": totals, "flags": flags, "moderation": moderation, "users": users}
