"""Host names to addresses, so that a name server that hangs delays only the targets that need it."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown

Opened = TypeVar("Opened")


class Resolver:
    """Looks each host up in a thread of its own, at most once at a time; later callers share that lookup."""

    def __init__(self, hosts: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=max(1, hosts), thread_name_prefix="resolve")
        self._running: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """Every address of a host; raises TargetDown (dns, timeout)."""
        if _is_literal(host):
            return (host,)
        async with deadline.limit(f"looking up {host}"):
            try:
                return await asyncio.shield(self._lookup(host))
            except OSError as error:
                raise TargetDown("dns", f"{host} has no address: {error.strerror}") from error

    def close(self) -> None:
        """Lets go of the threads without waiting for a lookup that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _lookup(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        running = self._running.get(host)
        if running is None:
            running = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)
            self._running[host] = running
            running.add_done_callback(lambda _: self._running.pop(host, None))
            # Whoever waited may have left at the deadline: an error nobody fetches is no event for the log.
            running.add_done_callback(lambda future: future.cancelled() or future.exception())
        return running


async def first_open(
    addresses: tuple[str, ...], deadline: Deadline, dial: Callable[[str, Deadline], Awaitable[Opened]]
) -> Opened:
    """The first connection that opens; the time left is shared among the addresses not tried yet."""
    for index, address in enumerate(addresses):
        left = len(addresses) - index
        try:
            return await dial(address, deadline.within(deadline.remaining / left))
        except TargetDown as down:
            if left == 1 or down.reason not in {"refused", "timeout"}:
                raise
    raise TargetDown("dns", "the host has no address")


def _look_up(host: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
