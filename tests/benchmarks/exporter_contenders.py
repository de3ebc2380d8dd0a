"""The exporters that are measured: ours, and each version of the peers that is found."""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from tests.benchmarks.exporter_targets import LIST_NAMES, STREAM_NAMES, Targets
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, stop, wait_until

Kind = Literal["redis", "postgres"]
_RUN = """import sys; from pathlib import Path; from watchbill_exporters.serving import run
sys.exit(run(Path(sys.argv[1])))"""
_PROGRAMS: Mapping[Kind, tuple[str, ...]] = {
    "redis": ("prometheus-redis-exporter", "redis_exporter"),
    "postgres": ("prometheus-postgres-exporter", "postgres_exporter"),
}
_VERSION = re.compile(r"\b(\d+\.\d+\.\d+)")
_COLLECTOR = re.compile(r"--(collector\.[a-z_]+)(?=\s|$)", re.MULTILINE)
_EACH_NAME = "db0={}"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to run an exporter over one kind of server. `environment` may ask for `{address}` of the target."""

    name: str
    kind: Kind
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str = "/metrics"
    ours: bool = False
    is_plain: bool = True
    """Whether it stands for its version where all ways to run that are alike."""


@dataclass(frozen=True, slots=True)
class Running:
    """A contender that serves."""

    contender: Contender
    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        """Where it is scraped."""
        return f"http://127.0.0.1:{self.port}{self.contender.path}"


def contenders(folders: Sequence[Path], targets: Targets) -> Iterator[Contender]:
    """All that can run here; which peer is missing is said on standard error."""
    yield Contender("watchbill", "redis", (), path="/probe?target=plain", ours=True)
    yield Contender(
        "watchbill, lists and streams by name", "redis", (), path="/probe?target=keys", ours=True, is_plain=False
    )
    for program, version in _found("redis", folders):
        yield from _of_redis(program, version, targets.redis.password)
    yield Contender("watchbill", "postgres", (), path="/probe?target=tables", ours=True)
    for program, version in _found("postgres", folders):
        yield from _of_postgres(program, version, targets.postgres)


@contextmanager
def started(contender: Contender, address: str, targets: Targets) -> Generator[Running]:
    """Runs a contender over the server at an address."""
    port = free_port()
    if contender.ours:
        command: Sequence[str] = (
            sys.executable,
            "-c",
            _RUN,
            str(_configuration(contender.kind, port, address, targets)),
        )
    else:
        command = (*contender.command, f"--web.listen-address=127.0.0.1:{port}")
    given = {name: value.format(address=address) for name, value in contender.environment.items()}
    with (targets.folder / "exporters.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        wait_until(lambda: _listens(port), f"{contender.name} starts")
        yield Running(contender, process, port)
    finally:
        stop(process)


def started_all(stack: ExitStack, wanted: Sequence[Contender], targets: Targets) -> list[Running]:
    """Runs contenders directly over their servers until the stack ends."""
    return [stack.enter_context(started(one, address_of(one.kind, targets), targets)) for one in wanted]


def address_of(kind: Kind, targets: Targets) -> str:
    """Where a kind of server listens."""
    return targets.redis.address if kind == "redis" else targets.postgres.address


def _configuration(kind: Kind, port: int, address: str, targets: Targets) -> Path:
    file = targets.folder / f"exporter-{port}.yaml"
    cache = f'kind: redis, address: "{address}", password_file: {targets.redis.password_file}'
    orders = f'kind: postgres, address: "{address}", password_file: {targets.postgres.password_file}'
    keys = f"lists: [{', '.join(LIST_NAMES)}], streams: [{', '.join(STREAM_NAMES)}]"
    # An exporter of Redis alone loads nothing that reads PostgreSQL.
    lines = {
        "redis": [f"  plain: {{{cache}}}", f"  keys: {{{cache}, {keys}}}"],
        "postgres": [f"  tables: {{{orders}}}"],
    }
    file.write_text("\n".join([f"listen: 127.0.0.1:{port}", "targets:", *lines[kind]]) + "\n", encoding="utf-8")
    return file


def _of_redis(program: Path, version: str, password: str) -> Iterator[Contender]:
    environment = {"REDIS_ADDR": "redis://{address}", "REDIS_PASSWORD": password}
    named = ",".join(map(_EACH_NAME.format, LIST_NAMES)), ",".join(map(_EACH_NAME.format, STREAM_NAMES))
    ways = {
        "": (),
        ", lists and streams by name": (f"--check-single-keys={named[0]}", f"--check-single-streams={named[1]}"),
        ", lists and streams by pattern": ("--check-keys=db0=list*", "--check-streams=db0=stream*"),
    }
    for way, options in ways.items():
        name = f"redis_exporter {version}{way}"
        yield Contender(name, "redis", (str(program), *options), environment, is_plain=not way)


def _of_postgres(program: Path, version: str, server: PostgresServer) -> Iterator[Contender]:
    account = f"{server.user}:{server.password}"
    environment = {"DATA_SOURCE_NAME": f"postgresql://{account}@{{address}}/{server.database}?sslmode=disable"}
    name = f"postgres_exporter {version}"
    yield Contender(name, "postgres", (str(program),), environment)
    told = subprocess.run([str(program), "--help"], capture_output=True, text=True, check=False)
    collectors = sorted({f"--{found}" for found in _COLLECTOR.findall(told.stdout + told.stderr)})
    if collectors and re.search(r"default:\s+disabled", told.stdout + told.stderr):
        every = f"{name}, every collector"
        yield Contender(every, "postgres", (str(program), *collectors), environment, is_plain=False)


def _found(kind: Kind, folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    places = (*folders, *map(Path, os.environ.get("PATH", "").split(os.pathsep)))
    programs: dict[str, Path] = {}
    for place in places:
        # Folders that were given are looked through, those of PATH are not.
        look = place.rglob if place in folders else place.glob
        for program in (one for name in _PROGRAMS[kind] for one in look(name) if _runs(one)):
            programs.setdefault(_version(program), program)
    if not programs:
        sys.stderr.write(f"no {_PROGRAMS[kind][1]} is found; left out\n")
    for version, program in sorted(programs.items(), key=lambda one: tuple(map(int, one[0].split(".")))):
        yield program, version


def _runs(path: Path) -> bool:
    """Whether a file is a program; a package has a start script and defaults of the same name."""
    if not (path.is_file() and os.access(path, os.X_OK)):
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _version(program: Path) -> str:
    told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(told.stdout + told.stderr)
    return found[1] if found else "0.0.0"


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=5).status_code < 500
    except httpx.TransportError:
        return False
