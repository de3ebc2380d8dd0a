"""Connects to a Redis server and signs in."""

import ssl
from collections.abc import Mapping

from watchbill.catalogue.redis_server.probe import (
    REDIS_COLLECTOR_AGE,
    REDIS_COLLECTOR_DROPPED,
    REDIS_COLLECTOR_DURATION,
    REDIS_COLLECTOR_SUCCESS,
    REDIS_CONNECT_TIME,
    REDIS_PERMISSION,
    REDIS_PING,
    REDIS_PROBE_DURATION,
    REDIS_PROBES,
    REDIS_SCRAPE_ERROR,
    REDIS_UP,
    REDIS_UP_REASON,
)
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.inventory import Inventory
from watchbill_exporters.redis_server.protocol import Command, Wire
from watchbill_exporters.redis_server.refusal import raise_if_down
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.session import RedisSession
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.resolver import Resolver, first_open
from watchbill_exporters.vitals import Vitals

_NAME_CONNECTION: Command = ("CLIENT", "SETNAME", "watchbill")


class RedisDriver:
    """Opens sessions with one Redis server."""

    vitals = Vitals(
        up=REDIS_UP,
        up_reason=REDIS_UP_REASON,
        duration=REDIS_PROBE_DURATION,
        ping=REDIS_PING,
        error=REDIS_SCRAPE_ERROR,
        collector_success=REDIS_COLLECTOR_SUCCESS,
        collector_duration=REDIS_COLLECTOR_DURATION,
        collector_age=REDIS_COLLECTOR_AGE,
        collector_dropped=REDIS_COLLECTOR_DROPPED,
        permission=REDIS_PERMISSION,
        connect=REDIS_CONNECT_TIME,
        scrapes=REDIS_PROBES,
    )

    def __init__(self, settings: RedisSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._inventory = Inventory(settings)
        self.clocks: Mapping[str, float] = {name: count.every for name, count in self._inventory.slow.items()}

    async def connect(self, deadline: Deadline) -> RedisSession:
        """A connection that is signed in; the password is read from its file each time."""
        secret = self._settings.secret.read() if self._settings.secret is not None else None
        addresses = await self._resolver.addresses(self._settings.host, deadline)
        wire = await first_open(addresses, deadline, self._dial)
        try:
            async with deadline.limit("signing in"):
                await self._sign_in(wire, secret)
        except BaseException:
            await wire.close()
            raise
        return RedisSession(wire, self._inventory)

    async def close(self) -> None:
        """Nothing is held beside sessions."""

    async def _sign_in(self, wire: Wire, secret: str | None) -> None:
        commands: tuple[Command, ...] = (_NAME_CONNECTION,)
        if secret is not None:
            user = (self._settings.username,) if self._settings.username is not None else ()
            commands = (("AUTH", *user, secret), _NAME_CONNECTION)
        wire.send(*commands)
        # One at a time: a server that is full replies once and closes.
        raise_if_down(_without(await self._first_reply(wire), secret))
        for _ in commands[1:]:
            raise_if_down(_without(await wire.reply(), secret))

    async def _first_reply(self, wire: Wire) -> Reply:
        """With TLS a server says only after the handshake, by closing, that it wants a certificate of its client."""
        try:
            return await wire.reply()
        except TargetDown as down:
            if down.reason != "protocol" or not self._settings.tls or wire.has_heard:
                raise
            cause = "the server ended the connection after the handshake; it may want a certificate of its client"
            raise TargetDown("tls", f"{self._settings.address}: {cause}") from down

    async def _dial(self, address: str, deadline: Deadline) -> Wire:
        settings = self._settings
        async with deadline.limit(f"connecting to {settings.address}"):
            try:
                context = _context(settings) if settings.tls else None
                return await Wire.open(address, settings.port, host=settings.certified_name, tls=context)
            except TimeoutError:
                raise
            except OSError as error:
                raise _unreachable(error, settings) from error


def _without(reply: Reply, secret: str | None) -> Reply:
    """A reply that does not tell the password: a server may repeat what it does not understand."""
    return Refusal(reply.text.replace(secret, "***")) if isinstance(reply, Refusal) and secret else reply


def _context(settings: RedisSettings) -> ssl.SSLContext:
    """Made anew for each connection, so that renewed files are used without a restart."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        # A key with a password would make OpenSSL ask the terminal for it.
        context.load_cert_chain(settings.cert_file, settings.key_file, password="")
    return context


def _unreachable(error: OSError, settings: RedisSettings) -> TargetDown:
    cause = error.strerror or str(error)
    # A server without TLS closes or answers nonsense, so any failure but a refusal is the handshake's.
    if isinstance(error, ssl.SSLError) or (settings.tls and isinstance(error, ConnectionResetError)):
        return TargetDown("tls", f"{settings.address}: {cause}")
    if settings.tls and isinstance(error, FileNotFoundError | PermissionError):
        files = [file for file in (settings.ca_file, settings.cert_file, settings.key_file) if file is not None]
        return TargetDown("tls", f"one of the files {', '.join(files)}: {cause}")
    return TargetDown("refused", f"{settings.address}: {cause}")
