"""A real Prometheus that reads a small shop, the page over it, and a browser."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.dashboards.conftest import Nobody
from tests.dashboards.page.desk import exposition, page_server, prometheus_configuration, serving
from tests.plugins.programs import free_port, program, stop, wait_until
from watchbill import Postgres, Redis, Service, Team, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue import SERVICE
from watchbill.catalogue.watching import SEVERITY, UP
from watchbill.stack import Stack
from watchbill_dashboards.page_files import missing_assets
from watchbill_dashboards.rendering import render_dashboards

Json = dict[str, Any]

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """The page's address and what it shows."""

    address: str
    dashboards: dict[str, Json]
    service: Service

    def add(self, *panels: Json, uid: str = "trial", **more: Any) -> str:
        """Puts up a dashboard of some panels; gives its address over the last five minutes."""
        self.dashboards[uid] = {"uid": uid, "title": uid, "panels": list(panels), **more}
        return f"{self.address}/d/{uid}?from=now-5m&to=now"


@dataclass
class Tab:
    """A browser's tab, and what went on in it."""

    page: Page
    requests: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    def open(self, address: str) -> Page:
        """Opens an address and waits until every panel is drawn."""
        self.page.goto(address)
        self.page.wait_for_selector('html[data-state="ready"]')
        return self.page

    def states(self) -> dict[str, str]:
        """Each panel's title and state."""
        return {
            panel.locator("h3").inner_text(): panel.get_attribute("data-state") or ""
            for panel in self.page.locator("[data-panel-id]").all()
        }


@pytest.fixture(scope="module")
def service() -> Service:
    """The shop whose dashboard is drawn."""
    return Service(
        "shop",
        team=Team("storefront", page=Nobody(), ticket=Nobody()),
        tier=1,
        targets=["127.0.0.1:8000", "127.0.0.1:8001"],
        uses=[Redis("cache"), Postgres("orders", database="shop")],
        objectives=[availability(99.9), latency(0.5, 95), latency(0.25, 99, route="/search")],
        thresholds=[max_error_ratio(0.01), max_latency(2.0, percentile=95)],
    )


@pytest.fixture(scope="module")
def prometheus(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has read the shop for some seconds, and in which one alert fires."""
    folder = tmp_path_factory.mktemp("prometheus")
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"groups": [{"name": "trial", "rules": [_alert(service)]}]}))
    with serving(exposition(service)) as exposed:
        configuration = folder / "prometheus.yml"
        configuration.write_text(prometheus_configuration(service, exposed, str(rules)))
        port = free_port()
        command = [
            program("prometheus"),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage",
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                address = f"http://127.0.0.1:{port}"
                _wait_for_history(address)
                yield address
            finally:
                stop(process)


def _alert(service: Service) -> Json:
    return {
        "alert": "ShopSlow",
        "expr": f"{UP.name} == 1 and on () vector(1)",
        "labels": {SEVERITY.name: "critical", SERVICE.name: service.name},
        "annotations": {"summary": "<b>Slow</b>", "dashboard_url": "/d/shop-overview", "runbook_url": "javascript:x"},
    }


def _wait_for_history(address: str) -> None:
    """Rates need a few samples of every target; `up` alone is there after the first."""
    enough = f"min(count_over_time({UP.name}[1m])) >= 8 and count({UP.name}) == 5"

    def there() -> bool:
        try:
            answer = httpx.get(f"{address}/api/v1/query", params={"query": enough}, timeout=5).json()
        except (httpx.HTTPError, ValueError):  # a Prometheus that loads answers 503 in plain text
            return False
        return bool(answer["data"]["result"])

    wait_until(there, "eight scrapes of every target", 60)


@pytest.fixture(scope="module")
def site(service: Service, prometheus: str) -> Iterator[Site]:
    """The page over the shop's generated dashboard."""
    if missing_assets():
        pytest.fail("the page's assets are missing; tests/run fetches them", pytrace=False)
    rendered = render_dashboards(Stack(service)).values()
    dashboards = {board["uid"]: board for board in map(json.loads, rendered)}
    with serving(page_server(dashboards, prometheus)) as address:
        yield Site(address, dashboards, service)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens tabs of a size; closes them after the test."""
    contexts: list[BrowserContext] = []

    def opened(width: int = 1440, height: int = 900) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        one = Tab(context.new_page())
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("pageerror", lambda error: one.errors.append(str(error)))
        one.page.on("console", lambda said: one.errors.append(said.text) if said.type in {"error", "warning"} else None)
        return one

    yield opened
    for context in contexts:
        context.close()
