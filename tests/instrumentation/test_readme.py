"""The examples of the room's README run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

from watchbill.catalogue.background import BACKGROUND_TASKS, OUTCOME, SUCCEEDED, TASK
from watchbill.catalogue.database import QUERY_DURATION
from watchbill.catalogue.http import METHOD, STATUS
from watchbill.catalogue.outbound import AI_CALLS, API, CALL_OUTCOME, CLIENT_REQUESTS, UPSTREAM
from watchbill.catalogue.pool import DB
from watchbill.catalogue.rate_limit import LIMIT, RATE_LIMIT_DECISIONS, SCOPE
from watchbill.catalogue.rate_limit import OUTCOME as DECISION

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
    (block,) = (block for block in BLOCKS if "lines.requests" in block)
    called = re.sub(r"\.\.\. .*\n", "asyncio.run(call())\n", block)
    run(BLOCKS[0] + CALL + called)


def test_the_example_of_background_tasks_holds() -> None:
    (block,) = (block for block in BLOCKS if "obs.spawn" in block)
    asked = "import asyncio\nasyncio.run(checkout())\nprint(obs.exposition())"
    assert f'{BACKGROUND_TASKS.name}{{{TASK.name}="reindex",{OUTCOME.name}="{SUCCEEDED}"}} 1' in run(
        f"{BLOCKS[0]}\n{block}\n{asked}"
    )


def test_the_example_of_rate_limits_holds() -> None:
    (block,) = (block for block in BLOCKS if "obs.slowapi" in block)
    given = """
from slowapi import Limiter
from slowapi.util import get_remote_address
def by_account(request): ...
class TooManyRequests(Exception): ...
class bucket:
    acquire = staticmethod(lambda: None)
limiter = Limiter(get_remote_address)
"""
    exposed = run(f"{BLOCKS[0]}{given}{block}\nmay_search('ann')\nprint(obs.exposition())")
    for limit, scope, outcome in (
        ("login", "ip", "limited"),
        ("search", "user", "limited"),
        ("import", "global", "allowed"),
    ):
        labels = f'{LIMIT.name}="{limit}",{SCOPE.name}="{scope}",{DECISION.name}="{outcome}"'
        assert f"{RATE_LIMIT_DECISIONS.name}{{{labels}}} 1" in exposed


def test_the_example_of_sqlalchemy_holds() -> None:
    (block,) = (block for block in BLOCKS if "obs.sqlalchemy" in block)
    given = """
from sqlalchemy import create_engine, text
engine, reports = create_engine("sqlite://"), create_engine("sqlite://")
"""
    asked = """
for each in (engine, reports):
    with each.connect() as connection:
        connection.execute(text("SELECT 1"))
print(obs.exposition())
"""
    exposed = run(f"{BLOCKS[0]}{given}{block}{asked}")
    for db in ("orders", "reports"):
        assert f'{QUERY_DURATION.name}_count{{{DB.name}="{db}",' in exposed


def test_the_examples_of_outbound_calls_hold() -> None:
    (calls,) = (block for block in BLOCKS if "obs.httpx(client" in block)
    (provider,) = (block for block in BLOCKS if "obs.ai(" in block)
    given = """
import asyncio
import httpx
from types import SimpleNamespace
client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
class openai:
    class chat:
        class completions:
            async def create(model, messages, stream=False):
                answer = {"model": model, "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
                async def chunks():
                    yield answer
                return chunks() if stream else answer
"""
    asked = """
client.get("https://api.example.com/v2/users")
asyncio.run(ask("why"))
asyncio.run(tell("why"))
print(obs.exposition())
"""
    exposed = run(f"{BLOCKS[0]}\n{given}\n{calls}\n{provider}\n{asked}")

    assert f'{CLIENT_REQUESTS.name}{{{UPSTREAM.name}="catalog",{METHOD.name}="GET",{STATUS.name}="200"}} 1' in exposed
    assert f'{AI_CALLS.name}{{{UPSTREAM.name}="openai",{API.name}="chat",{CALL_OUTCOME.name}="succeeded"}} 2' in exposed
    assert f'{AI_CALLS.name}{{{UPSTREAM.name}="openai",{API.name}="chat",{CALL_OUTCOME.name}="cached"}} 1' in exposed


def test_the_example_of_celery_holds() -> None:
    (block,) = (block for block in BLOCKS if "obs.celery(" in block)
    # No broker is asked, and the port of a worker's page may be taken.
    asked = "print(obs.report()['celery'].state)"
    assert run(f"{BLOCKS[0]}\n{block.replace('obs.serve()', '')}\n{asked}").splitlines()[-1] == "on"


def test_the_examples_of_own_metrics_hold() -> None:
    (counted,) = (block for block in BLOCKS if "obs.counter(ORDERS)" in block)
    (declared,) = (block for block in BLOCKS if "watchbill.above(" in block)
    given = """
from tests.plugins.pager import Pager
from watchbill.stack import Stack
storefront = watchbill.Team("storefront", page=Pager(), ticket=Pager())
"""
    asked = "place(19.90)\nprint(Stack(shop).problems())\nprint(obs.exposition())"
    printed = run(f"{BLOCKS[0]}\n{counted}\n{given}\n{declared}\n{asked}").splitlines()

    assert "()" in printed
    assert {'shop_orders_total{payment="card"} 1', "shop_basket_value_euros_sum 19.9"} <= set(printed)
