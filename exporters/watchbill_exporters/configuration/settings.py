"""The exporter's configuration as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, ClassVar, Self

from watchbill_exporters.configuration.address import Address
from watchbill_exporters.configuration.allowance import Allowance
from watchbill_exporters.configuration.web import WebSettings
from watchbill_exporters.secret import Secret, SecretFile, SecretVariable

DEFAULT_LISTEN = "127.0.0.1:9121"
DEFAULT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A target: `address` is host:port; with `tls` its certificate is verified, against `ca_file` or the system's.

    The password is in a file or in a variable of the environment. `cert_file` and `key_file` are the client's own
    certificate. `on_metrics` says that /metrics has this target's series as well.
    This class holds what all kinds have in common; each kind has a class of its own.
    """

    kind: ClassVar[str] = ""

    name: str
    address: str
    password_file: str | None = None
    password_variable: str | None = None
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    on_metrics: bool = False

    @classmethod
    def of(cls, common: "Settings", **own: Any) -> Self:  # Any: the kind's own fields
        """Settings of a kind, with what is common to all taken from others."""
        return cls(**{one.name: getattr(common, one.name) for one in fields(Settings)}, **own)

    @property
    def host(self) -> str:
        """The address without its port and brackets."""
        return split_address(self.address)[0]

    @property
    def port(self) -> int:
        """The address' port."""
        return split_address(self.address)[1]

    @property
    def certified_name(self) -> str:
        """The name that the server's certificate must have: `server_name`, or the host."""
        return self.server_name or self.host

    @property
    def secret(self) -> Secret | None:
        """Where the password is."""
        if self.password_variable is not None:
            return SecretVariable(self.password_variable)
        return SecretFile(self.password_file) if self.password_file is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What targets have in common: `template` is a target without name and address.

    Addresses that `allowance` admits, or that one of the discovery `files` lists, may be probed with it.
    """

    name: str
    template: Settings
    allowance: Allowance = field(default_factory=Allowance)
    files: tuple[str, ...] = ()

    def settings_at(self, address: Address) -> Settings:
        """A target at an address, whose name is the address."""
        return replace(self.template, name=str(address), address=str(address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Where the exporter listens, its targets by name, and the seconds a probe may take without a scrape's header."""

    listen: str = DEFAULT_LISTEN
    timeout: float = DEFAULT_TIMEOUT
    web: WebSettings = field(default_factory=WebSettings)
    modules: Mapping[str, Module] = field(default_factory=lambda: MappingProxyType(dict[str, Module]()))
    targets: Mapping[str, Settings] = field(default_factory=lambda: MappingProxyType(dict[str, Settings]()))


def split_address(address: str) -> tuple[str, int]:
    """Host, without brackets, and port of host:port; an empty host and 0 for a target that has no address."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port or 0)
