"""The README's examples of caches and steps run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

from watchbill.catalogue.cache import CACHE, CACHE_OPERATIONS, CACHE_STATUS, GET, GET_OR_LOAD, LAYER, OPERATION, SET
from watchbill.catalogue.work import BATCH_ITEMS, STEP_ITEMS

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```python\n(.+?)```", (ROOT / "instrumentation" / "README.md").read_text(), re.DOTALL)
GIVEN = """
import asyncio
from watchbill import Observability
obs = Observability("shop", tracing=None, logging=None)
kept = {}
class redis:
    async def get(key): return kept.get(key)
    async def set(key, value, ex): kept[key] = value
    async def delete(*keys): return len(keys)
"""


def shown(asked: str, *examples: str) -> str:
    """What is exposed after examples, found by what they begin with, and some calls."""
    blocks = [block for example in examples for block in BLOCKS if example in block]
    script = "\n".join((GIVEN, *blocks, asked, "print(obs.exposition())"))
    return subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True).stdout


def series(cache: str, layer: str, operation: str, status: str) -> str:
    """As exposed."""
    labels = {CACHE: cache, LAYER: layer, OPERATION: operation, CACHE_STATUS: status}
    told = ",".join(f'{label.name}="{value}"' for label, value in labels.items())
    return f"{CACHE_OPERATIONS.name}{{{told}}} "


def test_the_examples_of_caches_hold() -> None:
    asked = """
tax("de"), tax("de")
async def ask():
    await product(1), await product(1), await session("a"), await forget("a")
asyncio.run(ask())
near.get("x")
"""
    text = shown(asked, '@obs.cache("tax"', 'sessions = obs.cache("session"', "near = obs.wrap_cache")

    for cache, layer, operation, status in (
        ("tax", "l1", GET_OR_LOAD, "hit"),
        ("tax", "l1", GET_OR_LOAD, "miss"),
        ("product", "l2", GET_OR_LOAD, "hit"),
        ("product", "l2", GET_OR_LOAD, "miss"),
        ("product", "l2", SET, "ok"),
        ("session", "l2", GET, "miss"),
        ("profile", "l1", GET, "miss"),
    ):
        assert re.search(re.escape(series(cache, layer, operation, status)) + r"1(\.0)?$", text, re.MULTILINE)


def test_the_example_of_steps_holds() -> None:
    text = shown('work(["a", "seen before"])', "thumbnail = obs.step")

    assert re.search(rf'{BATCH_ITEMS.name}{{batch="import",outcome="succeeded"}} 2(\.0)?$', text, re.MULTILINE)
    assert re.search(rf'{STEP_ITEMS.name}{{step="thumbnail",.*outcome="cached"}} 1(\.0)?$', text, re.MULTILINE)
