"""The exporter's configuration as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from watchbill_exporters.secret import SecretFile

DEFAULT_LISTEN = "127.0.0.1:9121"
DEFAULT_TIMEOUT = 5.0
DEFAULT_DATABASE = "postgres"
DEFAULT_USER = "watchbill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A target: `address` is host:port; with `tls` its certificate is verified, against `ca_file` or the system's."""

    kind: ClassVar[str] = ""

    name: str
    address: str
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None

    @property
    def host(self) -> str:
        """The address without its port and brackets."""
        return split_address(self.address)[0]

    @property
    def port(self) -> int:
        """The address' port."""
        return split_address(self.address)[1]

    @property
    def secret(self) -> SecretFile | None:
        """Where the password is."""
        return SecretFile(self.password_file) if self.password_file is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings(Settings):
    """A Redis or Valkey server; without `username` the password is the default user's."""

    kind: ClassVar[str] = "redis"

    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings(Settings):
    """A PostgreSQL server."""

    kind: ClassVar[str] = "postgres"

    database: str = DEFAULT_DATABASE
    user: str = DEFAULT_USER


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Where the exporter listens, its targets by name, and the seconds a probe may take without a scrape's header."""

    listen: str = DEFAULT_LISTEN
    timeout: float = DEFAULT_TIMEOUT
    targets: Mapping[str, Settings] = field(default_factory=lambda: MappingProxyType(dict[str, Settings]()))


def split_address(address: str) -> tuple[str, int]:
    """Host, without brackets, and port of host:port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
