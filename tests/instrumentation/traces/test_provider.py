"""A global provider, ours or the application's, and when it comes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.instrumentation.traces.test_server_spans import EVERY
from watchbill.traces.tracing import Engine

ROOT = Path(__file__).parents[3]

# A global provider is for ever, so each case has a process of its own.
_SHARED = """
import asyncio
from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from tests.plugins.application import client, keyed, quiet
from watchbill import Tracing

exporter = InMemorySpanExporter()
app = FastAPI()
app.mount("/inner", keyed())
tracing = Tracing(engine={engine!r}, shared=True, processors=(SimpleSpanProcessor(exporter),))
observability = quiet(tracing=tracing).instrument(app)

async def run():
    async with client(app) as caller:
        assert (await caller.get("/inner/users/7")).text == '"7"'

asyncio.run(run())
spans = [(span.name, span.kind) for span in exporter.get_finished_spans()]
assert spans == [("GET /inner/users/{{key}}", SpanKind.SERVER)], spans
assert observability.tracer_provider is not None
"""


@pytest.mark.parametrize("engine", EVERY)
def test_with_a_global_provider_of_ours_mounted_applications_begin_no_second_span(engine: Engine) -> None:
    subprocess.run([sys.executable, "-c", _SHARED.format(engine=engine)], check=True, cwd=ROOT, timeout=60)


_LATE = """
import asyncio
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from tests.plugins.application import client, keyed, quiet
from watchbill import Tracing

given, late = InMemorySpanExporter(), InMemorySpanExporter()
app = FastAPI()
app.mount("/inner", keyed())
tracing = Tracing(engine={engine!r}, processors=(SimpleSpanProcessor(given),) if {says_where} else ())
observability = quiet(tracing=tracing).instrument(app)
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(late))
trace.set_tracer_provider(provider)

async def run():
    async with client(app) as caller:
        assert (await caller.get("/inner/users/7")).text == '"7"'

asyncio.run(run())
found = [[(span.name, span.kind) for span in one.get_finished_spans()] for one in (given, late)]
expected = [("GET /inner/users/{{key}}", SpanKind.SERVER)]
assert found == ([expected, []] if {says_where} else [[], expected]), found
"""


@pytest.mark.parametrize("engine", EVERY)
@pytest.mark.parametrize("says_where", [True, False])
def test_a_global_provider_that_comes_late_makes_one_span_too(engine: Engine, says_where: bool) -> None:
    code = _LATE.format(engine=engine, says_where=says_where)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)
