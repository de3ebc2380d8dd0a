"""An arq worker that counts its jobs, and serves the page."""

import asyncio
import os
from typing import Any

from arq import Retry
from arq.connections import RedisSettings

from watchbill import Observability

SETTINGS = RedisSettings(port=int(os.environ.get("TEST_REDIS_PORT", "1")), password=os.environ.get("TEST_PASSWORD"))


async def thumbnail(_context: dict[str, Any], number: int) -> int:
    """Works for an instant."""
    await asyncio.sleep(0.001)
    return number


async def stuck(context: dict[str, Any]) -> str:
    """Never ends, at the first try."""
    if context["job_try"] == 1:
        await asyncio.Event().wait()
    return "done"


async def flaky(context: dict[str, Any]) -> str:
    """Succeeds at the third try."""
    if context["job_try"] < 3:
        raise Retry(defer=0.3)
    return "done"


class WorkerSettings:
    """What arq's command reads."""

    functions = (thumbnail, stuck, flaky)
    redis_settings = SETTINGS
    poll_delay = 0.02
    job_timeout = 60


if "TEST_PORT" in os.environ:
    observability = Observability("images", tracing=None, logging=None)
    observability.arq(WorkerSettings)
    observability.serve(int(os.environ["TEST_PORT"]))
