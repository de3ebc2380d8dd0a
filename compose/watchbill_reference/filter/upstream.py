"""A moderation API of our own: slow as such APIs are, and not as wise."""

import asyncio
from typing import Annotated

from fastapi import Body, FastAPI

_SLOWEST = 0.06
_FLAGS = {"idiot": "harassment", "stupid": "harassment", "bet": "gambling", "casino": "gambling", "kill": "violence"}


def create() -> FastAPI:
    """The API: a text in, its flags and the tokens it cost out."""
    app = FastAPI(title="moderation")

    @app.post("/v1/moderations")
    async def moderate(text: Annotated[str, Body(alias="input", embed=True, max_length=10_000)]) -> dict[str, object]:
        """Flags by the words of a text; long texts take longer."""
        words = text.lower().split()
        await asyncio.sleep(min(_SLOWEST, 0.015 + len(words) / 1000))
        flags = sorted({_FLAGS[word] for word in words if word in _FLAGS})
        usage = {"prompt_tokens": len(words), "completion_tokens": 0}
        return {"model": "moderation-small", "usage": usage, "flags": flags}

    return app
