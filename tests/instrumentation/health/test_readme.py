"""The example of the README runs as it stands."""

import re
from pathlib import Path

import httpx
from fastapi import FastAPI

from tests.plugins.application import client, quiet

README = Path(__file__).parents[3] / "instrumentation" / "README.md"


async def test_the_example_registers_two_checks_that_pass() -> None:
    (example,) = [
        block for block in re.findall(r"```python\n(.+?)```", README.read_text(), re.DOTALL) if "obs.health" in block
    ]
    app, observability = FastAPI(), quiet()
    exec(example, {"obs": observability})  # noqa: S102  our own text
    observability.instrument(app)
    async with client(app) as caller:
        found: httpx.Response = await caller.get("/health/detailed")
    checks = found.json()["checks"]
    assert checks["database"]["details"] == {"pool_free": 7}
    assert not checks["disk"]["critical"]
