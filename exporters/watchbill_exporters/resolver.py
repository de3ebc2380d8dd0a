"""Host names to addresses, so that a name server that hangs delays only the targets that need it."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown

Opened = TypeVar("Opened")
Addresses = tuple[str, ...]


class Resolver:
    """Looks each host up in a thread of its own, at most once at a time; later callers share that lookup.

    At most `hosts` lookups run at once. The process ends without waiting for one that hangs.
    """

    def __init__(self, hosts: int) -> None:
        self._free = asyncio.Semaphore(max(1, hosts))
        self._running: dict[str, asyncio.Task[Addresses]] = {}

    async def addresses(self, host: str, deadline: Deadline) -> Addresses:
        """Every address of a host; raises TargetDown (dns, timeout)."""
        if _is_literal(host):
            return (host,)
        async with deadline.limit(f"looking up {host}"):
            try:
                return await asyncio.shield(self._lookup(host))
            except (OSError, UnicodeError) as error:
                cause = error.strerror if isinstance(error, OSError) else "it is no name that can be looked up"
                raise TargetDown("dns", f"{host} has no address: {cause}") from error

    def close(self) -> None:
        """Lets go of the lookups that still run."""
        for running in self._running.values():
            running.cancel()

    def _lookup(self, host: str) -> "asyncio.Task[Addresses]":
        running = self._running.get(host)
        if running is None:
            running = self._running[host] = asyncio.create_task(self._looked_up(host))
            running.add_done_callback(lambda _: self._running.pop(host, None))
            # Whoever waited may have left at the deadline: an error nobody fetches is no event for the log.
            running.add_done_callback(lambda task: task.cancelled() or task.exception())
        return running

    async def _looked_up(self, host: str) -> Addresses:
        async with self._free:
            found: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
            # A pool's threads would be waited for when the process ends.
            Thread(target=_look_up, args=(host, found), name="resolve", daemon=True).start()
            return await found


async def first_open(
    addresses: Addresses, deadline: Deadline, dial: Callable[[str, Deadline], Awaitable[Opened]]
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


def _look_up(host: str, found: "asyncio.Future[Addresses]") -> None:
    """In a thread. Answers the future, unless nobody waits any more or its loop has ended."""
    result: Addresses | Exception
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        result = tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
    except (OSError, UnicodeError) as error:
        result = error
    with suppress(RuntimeError):
        found.get_loop().call_soon_threadsafe(_answer, found, result)


def _answer(found: "asyncio.Future[Addresses]", result: Addresses | Exception) -> None:
    if found.done():
        return
    if isinstance(result, Exception):
        found.set_exception(result)
    else:
        found.set_result(result)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
