"""A real exporter process over a configuration, asked over HTTP as Prometheus does."""

import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

import httpx
import yaml

from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, stop, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Label, Metric
from watchbill.catalogue.exporter import TARGET
from watchbill.testing import Exposition
from watchbill_exporters.deadline import TIMEOUT_HEADER

_RUN = """import sys; from pathlib import Path; from watchbill_exporters.serving import run
sys.exit(run(Path(sys.argv[1])))"""

Options = Mapping[str, object]


@dataclass(frozen=True)
class Scrape:
    """An answer, and the seconds it took."""

    status: int
    text: str
    seconds: float

    @cached_property
    def exposition(self) -> Exposition:
        """The metrics in it; ValueError when it is none."""
        return Exposition.parse(self.text)

    def value(self, metric: Metric, labels: Mapping[Label, object] | None = None) -> float | None:
        """The sum of the selected series; None when there is none."""
        exposition = self.exposition
        return exposition.value(metric, labels) if exposition.series(metric, labels) else None

    def of_target(self, metric: Metric, target: str) -> float | None:
        """One target's value on the page of all."""
        labels = {TARGET.name: target}
        found = [one.value for one in self.exposition.samples if one.name == metric.name and one.labels == labels]
        return found[0] if found else None

    @property
    def series(self) -> frozenset[tuple[str, frozenset[tuple[str, str]]]]:
        """Every series: its name and its labels."""
        return frozenset((sample.name, frozenset(sample.labels.items())) for sample in self.exposition.samples)


@dataclass(frozen=True)
class ExporterProcess:
    """A process that serves; `log` is what it wrote to standard error."""

    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path
    client: httpx.Client

    @property
    def pid(self) -> int:
        """The process' id."""
        return self.process.pid

    @property
    def log(self) -> str:
        """Everything logged until now."""
        return self.log_file.read_text(encoding="utf-8")

    def get(self, path: str, *, scrape_timeout: float | None = None, patience: float = 30.0) -> Scrape:
        """Any page; raises httpx.TimeoutException when the client's patience ends first."""
        headers = {} if scrape_timeout is None else {TIMEOUT_HEADER: str(scrape_timeout)}
        began = perf_counter()
        answer = self.client.get(path, headers=headers, timeout=patience)
        return Scrape(answer.status_code, answer.text, perf_counter() - began)

    def probe(self, target: str, *, scrape_timeout: float | None = None, patience: float = 30.0) -> Scrape:
        """A scrape of one target."""
        return self.get(f"/probe?target={target}", scrape_timeout=scrape_timeout, patience=patience)

    def at_once(self, paths: Sequence[str], *, scrape_timeout: float | None = None) -> list[Scrape]:
        """Several pages at the same time, in their order."""
        with ThreadPoolExecutor(len(paths)) as pool:
            asked = [pool.submit(self.get, path, scrape_timeout=scrape_timeout) for path in paths]
            return [one.result() for one in asked]

    def connections_to(self, port: int) -> int:
        """How many connections of the process lead to a port of loopback, those that are being made included."""
        mine: set[str] = set()
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                mine.add(str(link.readlink()))
            except OSError:
                continue
        rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        return sum(1 for row in rows if int(row[2].rpartition(":")[2], 16) == port and f"socket:[{row[9]}]" in mine)

    @property
    def resident_bytes(self) -> int:
        """Memory of the process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def exporter_process(
    folder: Path, targets: Mapping[str, Options], *, modules: Mapping[str, Options] | None = None
) -> Generator[ExporterProcess]:
    """An exporter of some targets that serves until the block ends."""
    port = free_port()
    file, log_file = folder / f"exporter-{port}.yaml", folder / f"exporter-{port}.log"
    document: dict[str, object] = {"listen": f"127.0.0.1:{port}", "targets": dict(targets)}
    if modules:
        document["modules"] = dict(modules)
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with log_file.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", _RUN, str(file)], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            exporter = ExporterProcess(process, port, log_file, client)
            wait_until(lambda: _serves(exporter), f"the exporter starts\n{exporter.log}")
            yield exporter
    finally:
        stop(process)


def redis_options(server: RedisServer, **further: object) -> Options:
    """A Redis as a target of the configuration."""
    return {"kind": "redis", "address": server.address, "password_file": str(server.password_file), **further}


def postgres_options(server: PostgresServer, **further: object) -> Options:
    """A PostgreSQL as a target of the configuration, as the role with pg_monitor alone."""
    known = {"database": server.database, "user": server.user, "password_file": str(server.password_file)}
    return {"kind": "postgres", "address": server.address, **known, **further}


def paths(names: Iterable[str]) -> list[str]:
    """The pages of targets."""
    return [f"/probe?target={name}" for name in names]


def _serves(exporter: ExporterProcess) -> bool:
    if exporter.process.poll() is not None:
        raise RuntimeError(f"the exporter ended with {exporter.process.returncode}:\n{exporter.log}")
    try:
        return exporter.get("/-/healthy").status == 200
    except httpx.TransportError:
        return False
