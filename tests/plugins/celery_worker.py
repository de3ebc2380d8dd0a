"""Real Celery workers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.plugins.programs import descendants, free_port, wait_until
from tests.plugins.workers import ROOT
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Metric
from watchbill.testing import Exposition

MODULE = "tests.plugins.celery_workshop_worker"


@dataclass(frozen=True)
class CeleryWorker:
    """A worker's main process, and its metrics page."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def exposition(self) -> Exposition:
        """A scrape."""
        page = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10)
        return Exposition.parse(page.raise_for_status().text)

    def until(self, reached: Callable[[Exposition], bool], what: str, seconds: float = 30.0) -> Exposition:
        """Scrapes until it is so; the test fails with the last scrape's numbers of queues when it never is."""
        last: list[Exposition] = []

        def look() -> bool:
            try:
                last[:] = [self.exposition()]
            except httpx.HTTPError:
                return False
            return reached(last[0])

        try:
            wait_until(look, what, seconds)
        except pytest.fail.Exception as error:
            numbers = [f"{one.name}{one.labels} {one.value}" for page in last for one in page.samples if one.value]
            queues = "\n".join(line for line in numbers if line.startswith("queue_") and "_bucket" not in line)
            pytest.fail(f"{error}\n{queues}\n{self.log.read_text()[-3000:]}", pytrace=False)
        return last[0]

    def until_value(self, metric: Metric, labels: dict[Label, object], value: float) -> Exposition:
        """Scrapes until a value is reached."""
        return self.until(lambda page: page.value(metric, labels) == value, f"{metric.name}{labels} {value:g}")

    def kill(self) -> None:
        """Ends it and all its processes at once, as a machine's failure does."""
        for pid in descendants(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def celery_worker(
    folder: Path,
    broker: str,
    *arguments: str,
    pool: str = "prefork",
    concurrency: int = 1,
    module: str = MODULE,
    **environ: str,
) -> Generator[CeleryWorker]:
    """A worker that has begun to take messages; it is stopped afterwards, and everything it started."""
    port = free_port()
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "--pool", pool, "-c", str(concurrency)]
    command += ["--without-mingle", "--without-gossip", "--hostname", f"worker{port}@localhost", *arguments]
    given = {"TEST_BROKER": broker, "TEST_PORT": str(port), **environ}
    log = folder / f"worker-{port}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, "--loglevel", "INFO"], cwd=ROOT, env={**os.environ, **given}, stdout=output, stderr=output
        ) as process,
    ):
        found = CeleryWorker(process, port, log)
        try:
            wait_until(lambda: b" ready." in log.read_bytes(), "the worker's start")
            yield found
        finally:
            # At once: what it has taken and not begun is no test's business any more.
            found.kill()
