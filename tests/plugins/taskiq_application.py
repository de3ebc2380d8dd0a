"""A taskiq worker that counts its messages, and serves the page."""

import asyncio
import os
from pathlib import Path

from taskiq_redis import ListQueueBroker

from watchbill import Observability

broker = ListQueueBroker(os.environ["TEST_URL"], queue_name="images")
observability = Observability("images", tracing=None, logging=None)
observability.taskiq(broker)


@broker.task("thumbnail")
async def thumbnail(number: int) -> int:
    """Works for an instant."""
    await asyncio.sleep(0.001)
    return number


@broker.task("stuck")
async def stuck() -> None:
    """Never ends; writes down who works on it."""
    Path(os.environ["TEST_NOTE"]).write_text(str(os.getpid()), encoding="utf-8")  # noqa: ASYNC240  a few bytes
    await asyncio.Event().wait()


observability.serve(int(os.environ["TEST_PORT"]))
