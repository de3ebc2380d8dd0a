"""How each exporter answers when its server is ill: after how long, with which `up`, and what it costs in memory."""

import re
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.exporter_contenders import Contender, Kind, Running, address_of, started
from tests.benchmarks.exporter_meter import resident_bytes, series
from tests.benchmarks.exporter_targets import Targets
from tests.plugins.ill_server import (
    black_hole,
    dripping_postgres,
    dripping_redis,
    flooding_postgres,
    flooding_redis,
    ill_server,
)
from tests.plugins.programs import free_port
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill_exporters.deadline import TIMEOUT_HEADER

_UP = {"redis": REDIS_UP.name, "postgres": PG_UP.name}
_SCRAPE_SECONDS = 10.0

Illness = Callable[[Targets, Running], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """An illness: where the exporter looks for its server, and what happens to that after a first scrape."""

    name: str
    kinds: tuple[Kind, ...]
    address: Callable[[Kind, Targets], AbstractContextManager[str]]
    illness: Illness | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scrape of an ill server; `seconds` is None where no answer came. `share` is of the healthy series."""

    scenario: str
    contender: Contender
    seconds: float | None
    status: int = 0
    up: str = ""
    share: float | None = None
    grown: int = 0

    def __str__(self) -> str:
        if self.seconds is None:
            told = f"no answer, +{self.grown / 2**20:.0f} MiB"
        else:
            share = "" if self.share is None else f", {self.share:.0%} of series"
            told = f"{self.seconds:.2f} s, up {self.up or 'absent'}{share}, +{self.grown / 2**20:.0f} MiB"
        return told if self.status in {0, 200} else f"{told}, status {self.status}"


@contextmanager
def _healthy(kind: Kind, targets: Targets) -> Generator[str]:
    yield address_of(kind, targets)


@contextmanager
def _nobody(kind: Kind, targets: Targets) -> Generator[str]:
    del kind, targets
    yield f"127.0.0.1:{free_port()}"


@contextmanager
def _hole(kind: Kind, targets: Targets) -> Generator[str]:
    del kind, targets
    with black_hole() as port:
        yield f"127.0.0.1:{port}"


@contextmanager
def _drip(kind: Kind, targets: Targets) -> Generator[str]:
    del targets
    with ill_server(dripping_redis if kind == "redis" else dripping_postgres) as server:
        yield server.address


@contextmanager
def _flood(kind: Kind, targets: Targets) -> Generator[str]:
    del targets
    with ill_server(flooding_redis if kind == "redis" else flooding_postgres) as server:
        yield server.address


@contextmanager
def _other_password(kind: Kind, targets: Targets) -> Generator[str]:
    if kind == "redis":
        known = targets.redis.password
        targets.redis.execute("CONFIG", "SET", "requirepass", "another")
        targets.redis.password = "another"
        try:
            yield targets.redis.address
        finally:
            targets.redis.execute("CONFIG", "SET", "requirepass", known)
            targets.redis.password = known
    else:
        role = targets.postgres.user
        targets.postgres.execute(f"ALTER ROLE {role} PASSWORD 'another'")
        try:
            yield targets.postgres.address
        finally:
            targets.postgres.execute(f"ALTER ROLE {role} PASSWORD '{targets.postgres.password}'")


@contextmanager
def _frozen(targets: Targets, running: Running) -> Generator[None]:
    server = targets.redis if running.contender.kind == "redis" else targets.postgres
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


@contextmanager
def _locked(targets: Targets, running: Running) -> Generator[None]:
    del running
    with targets.postgres.connect() as locker, locker.transaction():
        locker.execute(b"LOCK TABLE t0 IN ACCESS EXCLUSIVE MODE")
        yield


SCENARIOS = (
    Scenario("refused", ("redis", "postgres"), _nobody),
    Scenario("wrong password", ("redis", "postgres"), _other_password),
    Scenario("frozen, connected before", ("redis", "postgres"), _healthy, _frozen),
    Scenario("black hole", ("redis", "postgres"), _hole),
    Scenario("one byte a second", ("redis", "postgres"), _drip),
    Scenario("endless reply", ("redis", "postgres"), _flood),
    Scenario("one table locked", ("postgres",), _healthy, _locked),
)


def failures(wanted: Sequence[Contender], targets: Targets, patience: float) -> list[Outcome]:
    """Every contender in every scenario, one after the other; `patience` is how long an answer is waited for."""
    found: list[Outcome] = []
    for scenario in SCENARIOS:
        for contender in wanted:
            if contender.kind in scenario.kinds:
                found.append(_outcome(scenario, contender, targets, patience))
                sys.stderr.write(f"{scenario.name}: {contender.name}: {found[-1]}\n")
    return found


def _outcome(scenario: Scenario, contender: Contender, targets: Targets, patience: float) -> Outcome:
    with (
        scenario.address(contender.kind, targets) as address,
        started(contender, address, targets) as running,
    ):
        if scenario.illness is None:
            return _scraped(scenario, running, patience, None)
        healthy = series(httpx.get(running.url, timeout=60).text)
        with scenario.illness(targets, running):
            return _scraped(scenario, running, patience, healthy)


def _scraped(scenario: Scenario, running: Running, patience: float, healthy: int | None) -> Outcome:
    contender, pid = running.contender, running.process.pid
    before, began = resident_bytes(pid), time.perf_counter()
    headers = {TIMEOUT_HEADER: str(min(_SCRAPE_SECONDS, patience))}
    try:
        answer = httpx.get(running.url, headers=headers, timeout=patience)
    except httpx.TransportError:
        return Outcome(scenario.name, contender, None, grown=resident_bytes(pid) - before)
    seconds = time.perf_counter() - began
    up = re.search(rf"^{_UP[contender.kind]} (\S+)$", answer.text, re.MULTILINE)
    return Outcome(
        scenario.name,
        contender,
        seconds,
        status=answer.status_code,
        up=up[1] if up else "",
        share=series(answer.text) / healthy if healthy else None,
        grown=resident_bytes(pid) - before,
    )


def show(found: Sequence[Outcome], console: Console) -> None:
    """A table of scenarios against contenders."""
    for kind in dict.fromkeys(one.contender.kind for one in found):
        of_kind = [one for one in found if one.contender.kind == kind]
        table = Table(title=f"An ill {kind}: the answer to one scrape of {_SCRAPE_SECONDS:.0f} s")
        table.add_column("exporter", overflow="fold")
        names = list(dict.fromkeys(one.scenario for one in of_kind))
        for name in names:
            table.add_column(name, overflow="fold")
        for contender in dict.fromkeys(one.contender.name for one in of_kind):
            told = {one.scenario: str(one) for one in of_kind if one.contender.name == contender}
            table.add_row(contender, *(told.get(name, "–") for name in names))
        console.print(table)
