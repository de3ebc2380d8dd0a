"""Beside Sentry's SDK: each keeps its own, and nothing is doubled."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Sentry patches Starlette for the rest of the process.
_SCRIPT = """
import asyncio, json
import sentry_sdk
from sentry_sdk.transport import Transport

class Kept(Transport):
    sent = []
    def capture_envelope(self, envelope):
        Kept.sent += [item.payload.json for item in envelope.items if item.type == "transaction"]

{before}
from fastapi import FastAPI
from opentelemetry.trace import SpanKind
from tests.plugins.application import client, quiet
from watchbill.testing import Lines, Spans

app, spans, lines = FastAPI(), Spans(), Lines()
app.get("/users/{{key}}")(lambda key: key)
observability = quiet(tracing=spans.tracing, logging=lines.logging).instrument(app)

async def run():
    async with client(app) as caller:
        assert (await caller.get("/users/7")).text == '"7"'

asyncio.run(run())
report = str(observability.report())
observability.uninstrument(app)
(span,) = spans.finished
assert (span.name, span.kind) == ("GET /users/{{key}}", SpanKind.SERVER)
assert lines.requests[0]["trace_id"] == spans.ids[0]["trace_id"]
transactions = [one["transaction"] for one in Kept.sent]
assert transactions == {transactions}, transactions
assert ("its transactions are beside the spans" in report) is {told}, report
"""

_INIT = 'sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=Kept, traces_sample_rate={rate}, {more})'


@pytest.mark.parametrize(
    ("before", "transactions", "told"),
    [
        (_INIT.format(rate=1.0, more=""), ["/users/{key}"], True),
        (_INIT.format(rate=None, more=""), [], False),
        ("", [], False),
    ],
    ids=["with tracing", "errors alone", "not set up"],
)
def test_sentry_has_its_transaction_and_watchbill_its_span(before: str, transactions: list[str], told: bool) -> None:
    script = _SCRIPT.format(before=before, transactions=transactions, told=told)
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=60)
