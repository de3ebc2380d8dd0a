"""Connects to a Redis server and signs in."""

import ssl

from watchbill.catalogue.redis import (
    REDIS_COLLECTOR_DURATION,
    REDIS_COLLECTOR_SUCCESS,
    REDIS_PERMISSION,
    REDIS_PING,
    REDIS_PROBE_DURATION,
    REDIS_UP,
    REDIS_UP_REASON,
)
from watchbill_exporters.configuration.settings import RedisSettings
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.protocol import Command, Wire
from watchbill_exporters.redis_server.refusal import raise_if_down
from watchbill_exporters.redis_server.session import RedisSession
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
        collector_success=REDIS_COLLECTOR_SUCCESS,
        collector_duration=REDIS_COLLECTOR_DURATION,
        permission=REDIS_PERMISSION,
    )

    def __init__(self, settings: RedisSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver

    async def connect(self, deadline: Deadline) -> RedisSession:
        """A connection that is signed in; the password is read from its file each time."""
        sign_in = self._sign_in()
        addresses = await self._resolver.addresses(self._settings.host, deadline)
        wire = await first_open(addresses, deadline, self._dial)
        try:
            async with deadline.limit("signing in"):
                wire.send(*sign_in)
                for _ in sign_in:
                    # One at a time: a server that is full replies once and closes.
                    raise_if_down(await wire.reply())
        except BaseException:
            await wire.close()
            raise
        return RedisSession(wire)

    def _sign_in(self) -> tuple[Command, ...]:
        secret = self._settings.secret
        if secret is None:
            return (_NAME_CONNECTION,)
        user = (self._settings.username,) if self._settings.username is not None else ()
        return (("AUTH", *user, secret.read()), _NAME_CONNECTION)

    async def _dial(self, address: str, deadline: Deadline) -> Wire:
        settings = self._settings
        async with deadline.limit(f"connecting to {settings.address}"):
            try:
                context = ssl.create_default_context(cafile=settings.ca_file) if settings.tls else None
                return await Wire.open(address, settings.port, host=settings.host, tls=context)
            except TimeoutError:
                raise
            except OSError as error:
                raise _unreachable(error, settings) from error


def _unreachable(error: OSError, settings: RedisSettings) -> TargetDown:
    cause = error.strerror or str(error)
    # A server without TLS closes or answers nonsense, so any failure but a refusal is the handshake's.
    if isinstance(error, ssl.SSLError) or (settings.tls and isinstance(error, ConnectionResetError)):
        return TargetDown("tls", f"{settings.address}: {cause}")
    if settings.tls and isinstance(error, FileNotFoundError | PermissionError):
        return TargetDown("tls", f"ca_file {settings.ca_file}: {cause}")
    return TargetDown("refused", f"{settings.address}: {cause}")
