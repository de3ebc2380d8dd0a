"""Connects to a PostgreSQL server and signs in."""

import psycopg

from watchbill.catalogue.postgres import (
    PG_COLLECTOR_DURATION,
    PG_COLLECTOR_SUCCESS,
    PG_PERMISSION,
    PG_PING,
    PG_PROBE_DURATION,
    PG_UP,
    PG_UP_REASON,
)
from watchbill_exporters.configuration.settings import PostgresSettings
from watchbill_exporters.deadline import LONGEST_BUDGET, Deadline
from watchbill_exporters.postgres_server.connection import BoundedConnection
from watchbill_exporters.postgres_server.refusal import sign_in_failed
from watchbill_exporters.postgres_server.session import PostgresSession
from watchbill_exporters.resolver import Resolver, first_open
from watchbill_exporters.vitals import Vitals

# Below a device there are no files: libpq finds none, and does not warn as it does for the device itself.
_NO_FILE = "/dev/null/none"


class PostgresDriver:
    """Opens sessions with one PostgreSQL server."""

    vitals = Vitals(
        up=PG_UP,
        up_reason=PG_UP_REASON,
        duration=PG_PROBE_DURATION,
        ping=PG_PING,
        collector_success=PG_COLLECTOR_SUCCESS,
        collector_duration=PG_COLLECTOR_DURATION,
        permission=PG_PERMISSION,
    )

    def __init__(self, settings: PostgresSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver

    async def connect(self, deadline: Deadline) -> PostgresSession:
        """A connection that is signed in; the password is read from its file each time."""
        secret = self._settings.secret
        password = secret.read() if secret is not None else None
        addresses = await self._resolver.addresses(self._settings.host, deadline)

        async def dial(address: str, share: Deadline) -> BoundedConnection:
            return await self._dial(address, share, password)

        return PostgresSession(await first_open(addresses, deadline, dial))

    async def _dial(self, address: str, deadline: Deadline, password: str | None) -> BoundedConnection:
        """Every parameter is given, so that none comes from this process' environment or a password file of libpq."""
        settings = self._settings
        async with deadline.limit(f"signing in at {settings.address}"):
            try:
                return await BoundedConnection.connect(
                    autocommit=True,
                    host=settings.host,
                    hostaddr=address,
                    port=settings.port,
                    dbname=settings.database,
                    user=settings.user,
                    password=password,
                    passfile=_NO_FILE,
                    connect_timeout=int(LONGEST_BUDGET),
                    sslmode="verify-full" if settings.tls else "prefer",
                    sslrootcert=settings.ca_file or ("system" if settings.tls else None),
                    gssencmode="disable",
                    target_session_attrs="any",
                    options="",
                    client_encoding="UTF8",
                    application_name="watchbill",
                )
            except psycopg.Error as error:
                raise sign_in_failed(error) from error
