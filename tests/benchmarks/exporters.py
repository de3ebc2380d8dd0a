"""A probe's cost: ours and Debian's exporters, scraped in turn over the same servers.

    python -m tests.benchmarks.exporters [--scrapes 300] [--peers FOLDER]

Peers are looked for in PATH and in FOLDER; one that is missing is left out. They read far more than ours does yet,
so the column with the number of series belongs to every comparison.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import httpx

from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, stop, wait_until
from tests.plugins.redis_server import RedisServer

_RUN = """import sys; from pathlib import Path; from watchbill_exporters.serving import run
sys.exit(run(Path(sys.argv[1])))"""


@dataclass
class Contender:
    """One exporter over one server."""

    name: str
    address: str
    process: "subprocess.Popen[bytes]"
    seconds: list[float] = field(default_factory=list[float])
    series: int = 0
    size: int = 0
    processor_seconds: float = 0.0

    def scrape(self, client: httpx.Client) -> None:
        """One scrape, its processor time taken from the process table."""
        before = _processor_seconds(self.process.pid)
        began = perf_counter()
        answer = client.get(self.address)
        self.seconds.append(perf_counter() - began)
        self.processor_seconds += _processor_seconds(self.process.pid) - before
        answer.raise_for_status()
        self.series = sum(1 for line in answer.text.splitlines() if line and not line.startswith("#"))
        self.size = len(answer.content)

    def row(self) -> str:
        """Its figures as a line of the table."""
        times = sorted(self.seconds)
        p50, p99 = statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000
        processor = self.processor_seconds / len(times) * 1000
        return f"{self.name:34} {p50:8.2f} {p99:8.2f} {processor:8.2f} {self.series:8} {self.size / 1000:8.1f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapes", type=int, default=300)
    parser.add_argument("--peers", type=Path, default=Path("/usr/bin"))
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchbill-benchmark-")))
        folder.chmod(0o755)
        redis, postgres = _servers(folder, stack)
        contenders = list(_contenders(folder, stack, redis, postgres, options.peers))
        with httpx.Client(headers={"accept-encoding": "identity"}) as client:
            for _ in range(20):
                for one in contenders:
                    one.scrape(client)
            for one in contenders:
                one.seconds, one.processor_seconds = [], 0.0
            for _ in range(options.scrapes):
                for one in contenders:
                    one.scrape(client)
    head = f"{'':34} {'p50 ms':>8} {'p99 ms':>8} {'cpu ms':>8} {'series':>8} {'kB':>8}"
    sys.stdout.write("\n".join([head, *(one.row() for one in contenders)]) + "\n")


def _servers(folder: Path, stack: ExitStack) -> tuple[RedisServer, PostgresServer]:
    redis = RedisServer(folder)
    redis.start("--enable-debug-command", "local")
    stack.callback(redis.stop)
    redis.execute("DEBUG", "POPULATE", "100000")
    home = folder / "postgres"
    home.mkdir(mode=0o755)
    postgres = PostgresServer(home)
    stack.callback(postgres.stop)
    postgres.create()
    for number in range(200):
        postgres.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY, a int, b int); CREATE INDEX ON t{number} (a)")
    return redis, postgres


def _contenders(
    folder: Path, stack: ExitStack, redis: RedisServer, postgres: PostgresServer, peers: Path
) -> Iterator[Contender]:
    port = free_port()
    file = folder / "exporter.yaml"
    file.write_text(
        f"""\
listen: 127.0.0.1:{port}
targets:
  cache: {{kind: redis, address: "{redis.address}", password_file: {redis.password_file}}}
  orders: {{kind: postgres, address: "{postgres.address}", password_file: {postgres.password_file}}}
""",
        encoding="utf-8",
    )
    ours = stack.enter_context(_started([sys.executable, "-c", _RUN, str(file)], {}, port, folder))
    yield Contender("watchbill, Redis", f"http://127.0.0.1:{port}/probe?target=cache", ours)
    yield Contender("watchbill, PostgreSQL", f"http://127.0.0.1:{port}/probe?target=orders", ours)
    secret, account = postgres.password, postgres.user
    source = f"postgresql://{account}:{secret}@{postgres.address}/{postgres.database}?sslmode=disable"
    for name, environment in (
        ("prometheus-redis-exporter", {"REDIS_ADDR": f"redis://{redis.address}", "REDIS_PASSWORD": redis.password}),
        ("prometheus-postgres-exporter", {"DATA_SOURCE_NAME": source}),
    ):
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{peers}")
        if found is None:
            sys.stderr.write(f"{name} is not installed; left out\n")
            continue
        port = free_port()
        command = [found, f"--web.listen-address=127.0.0.1:{port}"]
        process = stack.enter_context(_started(command, environment, port, folder))
        yield Contender(name, f"http://127.0.0.1:{port}/metrics", process)


@contextmanager
def _started(
    command: list[str], environment: Mapping[str, str], port: int, folder: Path
) -> Generator["subprocess.Popen[bytes]"]:
    with (folder / "exporters.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        wait_until(lambda: _listens(port), f"{command[0]} starts")
        yield process
    finally:
        stop(process)


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code < 500
    except httpx.TransportError:
        return False


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    whole = sum(
        int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()
    )
    return max(whole, int(fields[0])) / 1e9


if __name__ == "__main__":
    main()
