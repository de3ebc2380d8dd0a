"""Servers of several workers, and clients that count what was answered while workers die."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.plugins.programs import descendants, free_port, stop, wait_until
from tests.plugins.worker_application import OWN_COUNTER, PING
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.testing import Exposition

ROOT = Path(__file__).parents[2]
APPLICATION = "tests.plugins.worker_application:app"
_HEAD_END = b"\r\n\r\n"
_PATIENCE_SECONDS = 30.0


@dataclass
class Server:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """The processes that the server has started."""
        return [pid for pid in descendants(self.process.pid) if pid != self.process.pid]

    def exposition(self) -> Exposition:
        """A scrape, by a connection of its own; tried again while workers come and go."""
        for _ in range(20):
            with suppress(httpx.TransportError):
                return Exposition.parse(httpx.get(f"{self.url}/metrics", timeout=_PATIENCE_SECONDS).text)
        raise AssertionError("no scrape was answered")

    def ping(self) -> int:
        """The process that answers a request on a connection of its own."""
        return int(httpx.get(f"{self.url}{PING}", timeout=_PATIENCE_SECONDS).text)

    @property
    def answers(self) -> bool:
        """Whether a request is answered."""
        try:
            return self.ping() > 0
        except httpx.TransportError:
            return False


@contextmanager
def running(*command: str, **environ: str) -> Generator[Server]:
    """A server, given its port in place of `PORT`, until the end of the block."""
    port = free_port()
    arguments = [part.replace("PORT", str(port)) for part in command]
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        server = Server(process, port)
        try:
            wait_until(lambda: server.answers or process.poll() is not None, "the server's first answer")
            yield server
        finally:
            started = server.workers
            stop(process)
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def gunicorn(*options: str, workers: int = 4) -> tuple[str, ...]:
    """The command of gunicorn with uvicorn's worker."""
    fixed = (
        "-k",
        "uvicorn_worker.UvicornWorker",
        "-w",
        str(workers),
        "-b",
        "127.0.0.1:PORT",
        "--log-level",
        "critical",
    )
    return ("gunicorn", APPLICATION, *fixed, *options)


@dataclass
class Churn:
    """What clients saw while workers died."""

    answered: int = 0
    broken: int = 0
    kills: int = 0
    scrapes: int = 0
    scrapes_failed: int = 0
    scrapes_broken: int = 0
    falls: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    counted: float = 0.0
    own_counted: float = 0.0
    errors: float = 0.0

    @property
    def difference(self) -> float:
        """Requests counted and not answered, or answered and not counted."""
        return self.counted - self.answered


async def churn(server: Server, *, requests: int, kill_seconds: float, clients: int = 16) -> Churn:
    """Sends requests until so many were answered, kills a worker now and then, and scrapes all the time."""
    found = Churn()
    done = asyncio.Event()
    helpers = [
        asyncio.create_task(_kill(server, kill_seconds, found)),
        asyncio.create_task(_scrape(server, found, done)),
    ]
    await asyncio.gather(*(_client(server.port, requests, found) for _ in range(clients)))
    helpers[0].cancel()
    done.set()
    await helpers[1]
    await asyncio.sleep(0.5)
    last = await asyncio.to_thread(server.exposition)
    found.counted = last.value(HTTP_REQUESTS, {ROUTE: PING}) - 1
    found.errors = last.value(INTERNAL_ERRORS)
    found.own_counted = sum(one.value for one in last.samples if one.name == OWN_COUNTER) - 1
    return found


async def _client(port: int, requests: int, found: Churn) -> None:
    while found.answered < requests:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        try:
            while found.answered < requests:
                if not await _answered(reader, writer):
                    break
                found.answered += 1
        except (OSError, asyncio.IncompleteReadError):
            found.broken += 1
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether a whole answer came, and more may be asked of this connection."""
    writer.write(f"GET {PING} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
    head = (await reader.readuntil(_HEAD_END)).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    assert head.startswith(b"http/1.1 200"), head
    return True


async def _kill(server: Server, seconds: float, found: Churn) -> None:
    await asyncio.sleep(0.1)
    while True:
        workers = server.workers
        if workers:
            with suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311  any will do
                found.kills += 1
        await asyncio.sleep(seconds)


async def _scrape(server: Server, found: Churn, done: asyncio.Event) -> None:
    before = 0.0
    # Each scrape on a connection of its own, so that any worker may answer.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=server.url, timeout=_PATIENCE_SECONDS, limits=limits) as client:
        while not done.is_set():
            await asyncio.sleep(0.05)
            try:
                answer = await client.get("/metrics")
            except httpx.TransportError:
                # The worker that had the connection was killed: no page was asked for in vain.
                found.scrapes_broken += 1
                continue
            found.scrapes += 1
            if answer.status_code != 200:
                found.scrapes_failed += 1
                continue
            now = Exposition.parse(answer.text).value(HTTP_REQUESTS, {ROUTE: PING})
            if now < before:
                found.falls.append((before, now))
            before = now
