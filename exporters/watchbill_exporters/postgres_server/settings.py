"""A PostgreSQL server as a target."""

from dataclasses import dataclass
from typing import ClassVar

from watchbill_exporters.configuration.settings import Settings

DEFAULT_DATABASE = "postgres"
DEFAULT_USER = "watchbill"
DEFAULT_TABLES = 500
DEFAULT_INDEXES = 1000
DEFAULT_STATEMENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings(Settings):
    """A PostgreSQL server.

    `databases` and `exclude_databases` choose among those beside the main one; none named means all. `aliases` adds
    names that the community's alerts still use although postgres_exporter has dropped or renamed them. `tables` and
    `indexes` of each database, and `statements` of the server, have series of their own.
    """

    kind: ClassVar[str] = "postgres"

    database: str = DEFAULT_DATABASE
    user: str = DEFAULT_USER
    databases: tuple[str, ...] = ()
    exclude_databases: tuple[str, ...] = ()
    aliases: bool = True
    tables: int = DEFAULT_TABLES
    indexes: int = DEFAULT_INDEXES
    statements: int = DEFAULT_STATEMENTS
