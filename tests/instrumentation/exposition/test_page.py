"""What Prometheus gets when it scrapes."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.plugins.application import client, exposed, keyed, quiet
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.process import BUILD_INFO, PROCESS_CPU, PROCESS_OPEN_FILES, PROCESS_RESIDENT_MEMORY
from watchbill.catalogue.process import VERSION as BUILD_VERSION
from watchbill.exposition import OPENMETRICS, TEXT
from watchbill.names import Names
from watchbill.testing import Exposition, Spans

ROOT = Path(__file__).parents[3]


def application() -> FastAPI:
    """With a route that would swallow the page's path."""
    return keyed("/{key}")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html,application/xhtml+xml", TEXT),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3", OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
    ],
)
async def test_the_format_is_the_one_the_scraper_prefers(accept: str, content_type: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/7")
        answer = await caller.get("/metrics", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.text.endswith("# EOF\n") == (content_type == OPENMETRICS)
    assert Exposition.parse(answer.text).value(HTTP_REQUESTS) == 1
    observability.uninstrument(app)


async def test_the_page_is_no_route_of_the_application_and_is_not_measured() -> None:
    app = application()
    observability = quiet().instrument(app)
    async with client(app) as caller:
        answers = [await caller.get("/metrics") for _ in range(3)]
        head = await caller.head("/metrics")
        refused = await caller.post("/metrics")
    assert [answer.status_code for answer in answers] == [200] * 3
    assert (head.content, int(head.headers["content-length"]) > 0) == (b"", True)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert exposed(observability).value(HTTP_REQUESTS) == 0
    assert "/metrics" not in app.openapi()["paths"]


async def test_the_page_moves_with_its_path_and_an_empty_one_serves_none() -> None:
    moved, absent = application(), application()
    quiet(metrics_path="/internal/metrics").instrument(moved)
    observability = quiet(metrics_path="").instrument(absent)
    async with client(moved) as caller:
        assert (await caller.get("/internal/metrics")).headers["content-type"] == TEXT
        assert (await caller.get("/other/internal/metrics")).status_code == 404
        assert (await caller.get("/metrics")).json() == "metrics"
    async with client(absent) as caller:
        assert (await caller.get("/metrics")).json() == "metrics"
    assert exposed(observability).values_of(HTTP_REQUESTS, ROUTE) == {"/{key}"}


async def test_the_page_is_found_behind_a_root_path() -> None:
    app = application()
    quiet().instrument(app)
    async with client(app, root_path="/shop") as caller:
        assert (await caller.get("/metrics")).headers["content-type"] == TEXT
        assert (await caller.get("/shop/metrics")).headers["content-type"] == TEXT


async def test_concurrent_scrapes_under_load_are_each_whole() -> None:
    app = application()
    quiet().instrument(app)
    async with client(app) as caller:
        scrapes = [caller.get("/metrics", headers={"accept": accept}) for accept in (TEXT, OPENMETRICS) * 10]
        requests = [caller.get(f"/{number}") for number in range(100)]
        answers = await asyncio.gather(*scrapes, *requests)
        last = await caller.get("/metrics")
    for answer in answers[: len(scrapes)]:
        found = Exposition.parse(answer.text)
        assert found.count(HTTP_REQUEST_DURATION) == found.value(HTTP_REQUESTS)
    assert Exposition.parse(last.text).value(HTTP_REQUESTS) == 100


async def test_process_and_build_are_exposed() -> None:
    found = exposed(quiet(version="1.2.3"))
    assert found.value(PROCESS_CPU) > 0
    assert found.value(PROCESS_RESIDENT_MEMORY) > 1_000_000
    assert found.value(PROCESS_OPEN_FILES) > 2
    assert found.value(BUILD_INFO, {BUILD_VERSION: "1.2.3"}) == 1


async def test_exemplars_are_in_openmetrics_alone() -> None:
    app, spans = application(), Spans()
    quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/7")
        plain = await caller.get("/metrics")
        rich = await caller.get("/metrics", headers={"accept": OPENMETRICS})
    assert Exposition.parse(plain.text).exemplars(HTTP_REQUEST_DURATION) == ()
    (exemplar,) = Exposition.parse(rich.text).exemplars(HTTP_REQUEST_DURATION)
    assert exemplar.labels == spans.ids[0]


async def test_an_unsampled_request_leaves_no_exemplar() -> None:
    app, spans = application(), Spans(ratio=0)
    quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/7")
        rich = await caller.get("/metrics", headers={"accept": OPENMETRICS})
    assert Exposition.parse(rich.text).exemplars(HTTP_REQUEST_DURATION) == ()


async def test_a_names_profile_renames_what_is_exposed() -> None:
    app = application()
    names = Names({ROUTE.name: "endpoint"}, {HTTP_REQUESTS.name: "asked_total"})
    quiet(names=names).instrument(app)
    async with client(app) as caller:
        await caller.get("/7")
        text = (await caller.get("/metrics")).text
    assert f'asked_total{{{METHOD.name}="GET",endpoint="/{{key}}",{STATUS.name}="200"}} 1' in text
    assert HTTP_REQUESTS.name not in text
    assert f"{ROUTE.name}=" not in text
    assert Exposition.parse(text, names).value(HTTP_REQUESTS, {ROUTE: "/{key}"}) == 1


def test_a_forked_process_serves_its_own_page() -> None:
    script = (
        "import asyncio, os\n"
        "from tests.plugins.application import client, keyed, quiet\n"
        "app = keyed()\n"
        "quiet().instrument(app)\n"
        "async def scrape():\n"
        "    async with client(app) as caller:\n"
        "        answer = await asyncio.wait_for(caller.get('/metrics'), 5)\n"
        "    assert answer.status_code == 200\n"
        "asyncio.run(scrape())\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    try:\n"
        "        asyncio.run(scrape())\n"
        "    except BaseException:\n"
        "        os._exit(1)\n"
        "    os._exit(0)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=30)
