"""The engines of the native stack: Prometheus, Alertmanager, the exporter and the page."""

import sys
from collections.abc import Callable

import httpx

from watchbill_stack.native.process import Child
from watchbill_stack.native.site import ALERTMANAGER, EXPORTER, PAGE, PROMETHEUS, Site


def answers(url: str) -> Callable[[], bool]:
    """A check whether an address of this machine answers 200, past any proxy."""

    def check() -> bool:
        try:
            return httpx.get(url, timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    return check


def page(site: Site, scrape_interval: float) -> Child:
    """The page with the inbox behind it."""
    environment = {
        "WATCHBILL_PAGE_RENDERED": str(site.rendered),
        "WATCHBILL_PAGE_PROMETHEUS": site.url(PROMETHEUS),
        "WATCHBILL_PAGE_INBOX": str(site.data("inbox") / "notifications.jsonl"),
        "WATCHBILL_PAGE_SCRAPE_INTERVAL": str(scrape_interval),
    }
    return Child(
        name=PAGE,
        command=[*_uvicorn("watchbill_stack.desk.application:from_environment"), f"--port={site.ports[PAGE]}"],
        log=site.log(PAGE),
        ready=answers(site.url(PAGE) + "/-/healthy"),
        address=site.url(PAGE),
        environment=environment,
    )


def exporter(site: Site) -> Child:
    """The exporter, with the configuration written for this run."""
    configuration = site.rendered / "compose" / "rendered" / "exporter.yaml"
    return Child(
        name=EXPORTER,
        command=[sys.executable, "-m", "watchbill_stack", "exporter", "--config", str(configuration)],
        log=site.log(EXPORTER),
        ready=answers(site.url(EXPORTER) + "/-/healthy"),
        address=site.url(EXPORTER),
    )


def alertmanager(site: Site) -> Child:
    """Alertmanager alone: an empty cluster address, or it would listen on every interface."""
    return Child(
        name=ALERTMANAGER,
        command=[
            str(site.programs["alertmanager"]),
            "--config.file=alertmanager.yml",
            f"--storage.path={site.data(ALERTMANAGER)}",
            f"--web.listen-address={site.address(ALERTMANAGER)}",
            f"--web.external-url={site.url(ALERTMANAGER)}",
            "--cluster.listen-address=",
        ],
        log=site.log(ALERTMANAGER),
        ready=answers(site.url(ALERTMANAGER) + "/-/ready"),
        address=site.url(ALERTMANAGER),
        folder=site.rendered / "alerts" / "rendered" / "alertmanager",
    )


def prometheus(site: Site) -> Child:
    """Prometheus with exemplars; it re-sends alerts often, so that a late Alertmanager misses nothing."""
    return Child(
        name=PROMETHEUS,
        command=[
            str(site.programs["prometheus"]),
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path={site.data(PROMETHEUS)}",
            f"--web.listen-address={site.address(PROMETHEUS)}",
            f"--web.external-url={site.url(PROMETHEUS)}",
            "--rules.alert.resend-delay=5s",
            "--enable-feature=exemplar-storage",
        ],
        log=site.log(PROMETHEUS),
        ready=answers(site.url(PROMETHEUS) + "/-/ready"),
        address=site.url(PROMETHEUS),
        folder=site.rendered / "compose" / "rendered",
    )


def _uvicorn(factory: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        factory,
        "--host=127.0.0.1",
        "--log-level=warning",
        "--no-access-log",
        "--timeout-graceful-shutdown=1",
    ]
