"""The moderation API, as the filter calls it."""

from time import perf_counter
from typing import Any

import httpx

import watchbill
from watchbill_reference.filter.settings import Settings
from watchbill_reference.filter.verdict import Verdict

UPSTREAM = "moderation"
_PRICES = {"moderation-small": (0.2, 0.0)}


class Moderation:
    """Asks for the flags of a text. `client` is httpx's."""

    def __init__(self, settings: Settings, obs: watchbill.Observability) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(settings.moderation_socket))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://moderation", timeout=1)
        obs.httpx(self.client, upstreams=UPSTREAM)
        self._watched = obs.ai(UPSTREAM, "text", prices=_PRICES)

    async def judge(self, text: str) -> Verdict:
        """The verdict on a text; raises httpx.HTTPError."""
        began = perf_counter()
        with self._watched.call() as call:
            answer = await self.client.post("/v1/moderations", json={"input": text})
            judged: dict[str, Any] = answer.raise_for_status().json()
            call.answered(judged)
        return Verdict(tuple(judged["flags"]), "moderation", perf_counter() - began)

    def was_not_needed(self) -> None:
        """Count a call that the cache saved."""
        self._watched.cached()

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()
