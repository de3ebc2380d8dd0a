"""The example of queues in the room's README runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

from watchbill.catalogue.queue import DEAD_LETTERED, MESSAGE_STATUS, QUEUE, QUEUE_MESSAGES, SUCCEEDED, TASK

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```python\n(.+?)```", (ROOT / "instrumentation" / "README.md").read_text(), re.DOTALL)


def test_the_example_of_queues_holds() -> None:
    (block,) = (block for block in BLOCKS if "obs.queue(" in block)
    given = """
import asyncio
from taskiq import InMemoryBroker
from watchbill import Observability
obs = Observability("shop", tracing=None, logging=None)
class WorkerSettings:
    functions = ()
broker = InMemoryBroker()
"""
    asked = """
async def main():
    await jobs.put((1, "high"))
    await work_on_one()
    await broker.shutdown()
asyncio.run(main())
print(obs.exposition())
"""

    said = subprocess.run(
        [sys.executable, "-c", given + block + asked], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout

    for status, number in ((SUCCEEDED, 2), (DEAD_LETTERED, 1)):
        labels = f'{QUEUE.name}="reviews",{TASK.name}="analyse",{MESSAGE_STATUS.name}="{status}"'
        assert f"{QUEUE_MESSAGES.name}{{{labels}}} {number}" in said
