"""Connects to a PostgreSQL server and signs in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import psycopg

from watchbill.catalogue.postgres_server.probe import (
    PG_COLLECTOR_AGE,
    PG_COLLECTOR_DROPPED,
    PG_COLLECTOR_DURATION,
    PG_COLLECTOR_SUCCESS,
    PG_CONNECT_TIME,
    PG_PERMISSION,
    PG_PING,
    PG_PROBE_DURATION,
    PG_SCRAPE_ERROR,
    PG_SCRAPES,
    PG_UP,
    PG_UP_REASON,
)
from watchbill_exporters.deadline import LONGEST_BUDGET, Deadline
from watchbill_exporters.postgres_server.connection import BoundedConnection
from watchbill_exporters.postgres_server.facts import SESSION_SETTINGS
from watchbill_exporters.postgres_server.inventory import collectors
from watchbill_exporters.postgres_server.other_databases import OtherDatabases
from watchbill_exporters.postgres_server.reader import Reader
from watchbill_exporters.postgres_server.refusal import sign_in_failed
from watchbill_exporters.postgres_server.session import OTHER_DATABASES, OTHERS_EVERY, PostgresSession
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.postgres_server.statement_texts import statement_texts
from watchbill_exporters.resolver import Resolver, first_open
from watchbill_exporters.statement_text import StatementText
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
        error=PG_SCRAPE_ERROR,
        collector_success=PG_COLLECTOR_SUCCESS,
        collector_duration=PG_COLLECTOR_DURATION,
        collector_age=PG_COLLECTOR_AGE,
        collector_dropped=PG_COLLECTOR_DROPPED,
        permission=PG_PERMISSION,
        connect=PG_CONNECT_TIME,
        scrapes=PG_SCRAPES,
    )

    def __init__(self, settings: PostgresSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._collectors = collectors(settings)
        self._others = OtherDatabases(settings, collectors(settings), self._open)
        clocks = {one.name: one.every for one in self._collectors if one.every}
        self.clocks: Mapping[str, float] = MappingProxyType({**clocks, OTHER_DATABASES: OTHERS_EVERY})

    async def connect(self, deadline: Deadline) -> PostgresSession:
        """A connection that is signed in; the password is read from its file each time."""
        reader = await self._open(self._settings.database, deadline)
        return PostgresSession(reader, self._collectors, self._others)

    async def statement_texts(self, deadline: Deadline) -> Sequence[StatementText]:
        """Over a connection of its own; see `TellsStatements`."""
        reader = await self._open(self._settings.database, deadline)
        try:
            return await statement_texts(reader, deadline)
        finally:
            await reader.close()

    async def close(self) -> None:
        """Nothing is held beside sessions."""

    async def _open(self, database: str, deadline: Deadline) -> Reader:
        secret = self._settings.secret
        password = secret.read() if secret is not None else None
        addresses = await self._resolver.addresses(self._settings.host, deadline)

        async def dial(address: str, share: Deadline) -> BoundedConnection:
            return await self._dial(address, share, database, password)

        return Reader(await first_open(addresses, deadline, dial), self._settings)

    async def _dial(self, address: str, deadline: Deadline, database: str, password: str | None) -> BoundedConnection:
        """Every parameter is given, so that none comes from this process' environment or a password file of libpq."""
        settings = self._settings
        async with deadline.limit(f"signing in at {settings.address}"):
            try:
                return await BoundedConnection.connect(
                    autocommit=True,
                    host=settings.certified_name,
                    hostaddr=address,
                    port=settings.port,
                    dbname=database,
                    user=settings.user,
                    password=password,
                    passfile=_NO_FILE,
                    connect_timeout=int(LONGEST_BUDGET),
                    sslmode="verify-full" if settings.tls else "prefer",
                    sslrootcert=settings.ca_file or ("system" if settings.tls else None),
                    sslcert=settings.cert_file or _NO_FILE,
                    sslkey=settings.key_file or _NO_FILE,
                    gssencmode="disable",
                    target_session_attrs="any",
                    options=SESSION_SETTINGS,
                    client_encoding="UTF8",
                    application_name="watchbill",
                )
            except psycopg.Error as error:
                raise sign_in_failed(error) from error
