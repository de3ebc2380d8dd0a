"""What the exporter knows of a server before it asks for anything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString, NamedTuple, cast

from watchbill_exporters.postgres_server.settings import PostgresSettings


class Extension(NamedTuple):
    """An extension of the main database: its schema and version, such as `1.10`."""

    schema: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Read anew at each probe: a server may be promoted, upgraded, or given an extension under the same address.

    `version` is server_version_num, `database` the main one; `held` are the rights of `rights.py` that the account has.
    """

    settings: PostgresSettings
    version: int
    standby: bool
    database: str
    encoding: str
    held: frozenset[str]
    extensions: Mapping[str, Extension]

    @property
    def major(self) -> int:
        """The major version, such as 16."""
        return self.version // 10_000

    def relation(self, extension: str, name: LiteralString) -> LiteralString | None:
        """The full name of an extension's view or function; None without the extension."""
        found = self.extensions.get(extension)
        if found is None:
            return None
        # A schema's name from the server's own catalogue, quoted as an identifier.
        schema = '"' + found.schema.replace('"', '""') + '"'
        return cast("LiteralString", f"{schema}.{name}")  # type: ignore[redundant-cast]  # mypy takes it for a str
