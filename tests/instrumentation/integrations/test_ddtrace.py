"""Beside Datadog's ddtrace: with its OpenTelemetry bridge its span is the one; without, each sends its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ddtrace") is None, reason="ddtrace is not installed; the version matrix installs it"
)

# ddtrace patches frameworks for the rest of the process.
_SCRIPT = """
import ddtrace.auto
import asyncio
from ddtrace.trace import TraceFilter, tracer

class Kept(TraceFilter):
    names = []
    ids = []
    def process_trace(self, trace):
        Kept.names += [span.name for span in trace if span.span_type == "web"]
        Kept.ids += [format(span.span_id, "016x") for span in trace if span.span_type == "web"]
        return None

tracer.configure(trace_processors=[Kept()])
from opentelemetry.trace import SpanKind
from fastapi import FastAPI
from tests.plugins.application import client, quiet
from watchbill import Tracing
from watchbill.testing import Lines, Spans

app, spans, lines = FastAPI(), Spans(), Lines()
app.get("/users/{key}")(lambda key: key)
BRIDGED = __import__("os").environ["DD_TRACE_OTEL_ENABLED"] == "true"
tracing = Tracing() if BRIDGED else spans.tracing
observability = quiet(tracing=tracing, logging=lines.logging).instrument(app)

async def run():
    async with client(app) as caller:
        assert (await caller.get("/users/7")).text == '"7"'

asyncio.run(run())
report = str(observability.report())
observability.uninstrument(app)
assert len(Kept.names) == 1, Kept.names
if BRIDGED:
    assert "made by ddtrace" in report, report
    assert lines.requests[0]["span_id"] == Kept.ids[0], (lines.requests, Kept.ids)
else:
    assert "its spans go to Datadog, beside ours" in report, report
    assert [span.name for span in spans.finished] == ["GET /users/{key}"]
    assert lines.requests[0]["trace_id"] == spans.ids[0]["trace_id"]
"""


@pytest.mark.parametrize("bridged", ["true", "false"], ids=["bridged", "apart"])
def test_one_server_span_reaches_each_side(bridged: str) -> None:
    settings = {
        "DD_TRACE_OTEL_ENABLED": bridged,
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
        "DD_TRACE_STARTUP_LOGS": "false",
        "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",
    }
    environ = {**os.environ, **settings}
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, cwd=ROOT, timeout=60, env=environ)
