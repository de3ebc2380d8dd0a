"""An address as it is compared: one spelling for each place, every other one is refused."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

Literal = IPv4Address | IPv6Address

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
# Resolvers read such names as IPv4 addresses: 2130706433, 0x7f.1 and 127.1 are all 127.0.0.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME = 253
_LONGEST = _LONGEST_NAME + 8
_HIGHEST_PORT = 65_535
_EVERYBODY = IPv4Address("255.255.255.255")
RULE = "give host:port: a name, an IPv4 address of four numbers, or an IPv6 address in brackets"


class InvalidAddress(ValueError):
    """Text that is no address of one server; the message does not repeat it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host, without brackets, and its port; `literal` when the host is no name."""

    host: str
    port: int
    literal: Literal | None = None

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Host and port in the canonical spelling; raises InvalidAddress for what others may read differently."""
        host, port = split(text)
        if not _PORT.fullmatch(port) or int(port) > _HIGHEST_PORT:
            raise InvalidAddress("the port is no number from 1 to 65535")
        literal = literal_of(host)
        if literal is None:
            labels(host)
            return cls(host, int(port))
        if literal.is_unspecified or literal.is_multicast or literal == _EVERYBODY:
            raise InvalidAddress("no single server has this address")
        return cls(str(literal), int(port), literal)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def split(text: str) -> tuple[str, str]:
    """Host, in lower case and with its brackets, and what stands after the last colon."""
    if not text.isascii() or not text.isprintable() or len(text) > _LONGEST:
        raise InvalidAddress("it has characters that no address has, or too many")
    host, colon, port = text.lower().rpartition(":")
    if not colon or not host:
        raise InvalidAddress("it is no host:port")
    return host, port


def literal_of(host: str) -> Literal | None:
    """The address that a host is, in its one full spelling; None for a name."""
    try:
        if host.startswith("["):
            return _sixth(host)
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return IPv4Address(host)
    except InvalidAddress:
        raise
    except ValueError:
        raise InvalidAddress("it is neither an IPv4 address of four plain numbers nor an IPv6 address") from None
    return None


def labels(name: str, label: re.Pattern[str] = _LABEL) -> tuple[str, ...]:
    """The labels of a host name; raises InvalidAddress when one is no label, or the name is too long."""
    found = tuple(name.split("."))
    if len(name) > _LONGEST_NAME or not all(label.fullmatch(one) for one in found):
        raise InvalidAddress(
            "the host is no name: it has letters, digits, hyphens and dots alone, and no dot at its end"
        )
    return found


def _sixth(host: str) -> IPv6Address:
    if not host.endswith("]") or "%" in host:
        raise InvalidAddress("an IPv6 address stands in brackets, and has no zone")
    literal = IPv6Address(host[1:-1])
    if literal.ipv4_mapped is not None:
        raise InvalidAddress("an IPv4 address is written as such")
    return literal
