"""The filter's API under Watchbill."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Annotated

import httpx
from fastapi import BackgroundTasks, Body, FastAPI, HTTPException
from redis.exceptions import RedisError

import watchbill
from watchbill_reference.filter.moderation import Moderation
from watchbill_reference.filter.redis_client import redis_client
from watchbill_reference.filter.request_statistics import Judged, Statistics
from watchbill_reference.filter.settings import Settings
from watchbill_reference.filter.verdict import Verdict, prescreened
from watchbill_reference.filter.verdict_cache import SECONDS_TO_LIVE, VerdictCache
from watchbill_reference.stack import content_filter


class Filter:
    """Judges texts; what is kept about them is kept once they are answered."""

    def __init__(self, settings: Settings, obs: watchbill.Observability) -> None:
        self.client = redis_client(settings)
        obs.redis(self.client, name="cache")
        self.moderation = Moderation(settings, obs)
        self.statistics = Statistics(self.client)
        self._cache = VerdictCache(self.client, obs.cache("verdict", layer="l2", ttl=SECONDS_TO_LIVE))
        self._count = obs.task("statistics")(self.statistics.add)
        self._keep = obs.task("verdict-cache")(self._cache.set)

    async def judge(self, text: str) -> Verdict:
        """The verdict of the first who knows; raises httpx.HTTPError."""
        verdict = prescreened(text)
        if verdict is not None:
            return verdict
        kept = await self._cache.get(text)
        if kept is not None:
            self.moderation.was_not_needed()
            return kept
        return await self.moderation.judge(text)

    async def afterwards(self, text: str, judged: Judged) -> None:
        """Statistics and cache side by side; neither failing keeps the other from its work."""
        work = [self._count(judged)]
        if judged.verdict.source == "moderation":
            work.append(self._keep(text, judged.verdict))
        await asyncio.gather(*work, return_exceptions=True)

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()
        await self.moderation.close()


def create() -> FastAPI:
    """The application, configured by the environment."""
    obs = watchbill.Observability(content_filter, version=watchbill.__version__)
    filtering = Filter(Settings.from_environment(), obs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await filtering.close()

    app = FastAPI(title="filter", lifespan=lifespan)
    _add_filter(app, filtering)
    _add_statistics(app, filtering)
    obs.instrument(app)
    return app


def _add_filter(app: FastAPI, filtering: Filter) -> None:
    @app.post("/v1/filter")
    async def judge(
        text: Annotated[str, Body(min_length=1, max_length=10_000)],
        user: Annotated[str, Body(min_length=1, max_length=40)],
        background: BackgroundTasks,
    ) -> dict[str, object]:
        """Whether a text may be published, and what is wrong with it."""
        began = perf_counter()
        try:
            verdict = await filtering.judge(text)
        except httpx.HTTPError as error:
            raise HTTPException(503, "the moderation API does not answer") from error
        background.add_task(filtering.afterwards, text, Judged(user, verdict, perf_counter() - began))
        return verdict.as_dict()


def _add_statistics(app: FastAPI, filtering: Filter) -> None:
    @app.get("/v1/statistics")
    async def statistics() -> dict[str, dict[str, str] | int]:
        """What was judged, by outcome and flag."""
        try:
            return await filtering.statistics.read()
        except RedisError as error:
            raise HTTPException(503, "the statistics do not answer") from error
