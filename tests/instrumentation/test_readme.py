"""The examples of the room's README run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.+?)```", (ROOT / "instrumentation" / "README.md").read_text(), re.DOTALL)
CALL = """
import asyncio
from tests.plugins.application import client
app.get("/users/{key}")(lambda key: key)
async def call():
    async with client(app) as caller:
        await caller.get("/users/7")
obs.uninstrument(app)
"""


def run(script: str) -> str:
    """What a script prints."""
    return subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True).stdout


def test_the_first_example_prints_its_report() -> None:
    assert "requests are measured" in run(BLOCKS[0])


def test_the_example_for_tests_holds() -> None:
    called = re.sub(r"\.\.\. .*\n", "asyncio.run(call())\n", BLOCKS[1])
    run(BLOCKS[0] + CALL + called)
