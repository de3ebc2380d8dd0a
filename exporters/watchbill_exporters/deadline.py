"""How long a probe may take: the scraper's own time, less what the answer needs on its way back."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from watchbill_exporters.reason import TargetDown

TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
ANSWER_MARGIN = 0.5
LONGEST_BUDGET = 60.0
SHORTEST_BUDGET = 0.1
"""With less no server could answer, and its connection would be dropped for nothing."""


def budget(header: str | None, default: float) -> float:
    """Seconds a probe may take under a scrape-timeout header; `default` without a usable one."""
    try:
        timeout = float(header) if header is not None else math.nan
    except ValueError:
        timeout = math.nan
    if not (math.isfinite(timeout) and timeout > 0):
        return default
    # Half the time is kept for a scraper that allows under a second: half a second less would leave nothing.
    return min(max(timeout - ANSWER_MARGIN, timeout / 2, SHORTEST_BUDGET), LONGEST_BUDGET)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the event loop's clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The moment so many seconds from now."""
        return cls(asyncio.get_running_loop().time() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self.at - asyncio.get_running_loop().time())

    def within(self, seconds: float) -> "Deadline":
        """This moment, or the one so many seconds from now if that is sooner."""
        return min(self, Deadline.after(seconds), key=lambda deadline: deadline.at)

    @asynccontextmanager
    async def limit(self, step: str) -> AsyncGenerator[None]:
        """Ends the block at the deadline; raises TargetDown (timeout) that names the step."""
        try:
            async with asyncio.timeout_at(self.at):
                yield
        except TimeoutError as error:
            raise TargetDown("timeout", f"{step}: no answer in time") from error
