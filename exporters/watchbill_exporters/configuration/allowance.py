"""Which addresses a module may be used for: what no pattern covers is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from watchbill_exporters.configuration.address import Address, InvalidAddress, labels, literal_of, split

_PORTS = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?")
_HIGHEST_PORT = 65_535
_NETWORK = re.compile(r"[0-9a-f:.]+/[0-9]{1,3}")
_LEAST_PREFIX = 8
_MOST_STARS = 2
_PATTERN_LABEL = re.compile(r"[a-z0-9_*](?:[a-z0-9_*-]{0,61}[a-z0-9_*])?")
_SOME = r"[a-z0-9_-]+"
RULE = "give host:port, *.zone:port or network/length:port; for several ports, first-last"


class InvalidPattern(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Names, one expression for each label, or a network; and ports, both ends included."""

    name: tuple[re.Pattern[str], ...]
    network: IPv4Network | IPv6Network | None
    ports: range

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """A pattern of the configuration; raises InvalidPattern."""
        try:
            host, ports = split(text)
            return cls(*_host(host), _ports(ports))
        except InvalidAddress as error:
            raise InvalidPattern(str(error)) from None

    def covers(self, address: Address) -> bool:
        """Whether an address is one of these: a name never matches a network, nor an IP address a name."""
        if address.port not in self.ports:
            return False
        if address.literal is not None:
            return self.network is not None and address.literal in self.network
        parts = address.host.split(".")
        return len(parts) == len(self.name) and all(
            expression.fullmatch(part) for expression, part in zip(self.name, parts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Allowance:
    """The patterns of a module; without one, no address is admitted."""

    patterns: Sequence[Pattern] = ()

    def admits(self, address: Address) -> bool:
        """Whether a pattern covers the address."""
        return any(pattern.covers(address) for pattern in self.patterns)


def _host(host: str) -> tuple[tuple[re.Pattern[str], ...], IPv4Network | IPv6Network | None]:
    if "/" in host:
        return (), _network(host)
    literal = None if "*" in host else literal_of(host)
    return (_name(host), None) if literal is None else ((), ip_network(literal))


def _network(host: str) -> IPv4Network | IPv6Network:
    plain = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not _NETWORK.fullmatch(plain):
        raise InvalidPattern("it is no network: give its address and its length, as in 10.1.0.0/16")
    if (plain == host) == (":" in plain):
        raise InvalidPattern("an IPv6 network stands in brackets, as in [fd00::/8]:6379")
    try:
        network = ip_network(plain, strict=True)
    except ValueError:
        raise InvalidPattern("it is no network: its address ends where its length says") from None
    if network.prefixlen < _LEAST_PREFIX:
        raise InvalidPattern(f"a network of less than /{_LEAST_PREFIX} lets the password go anywhere")
    return network


def _name(host: str) -> tuple[re.Pattern[str], ...]:
    parts = labels(host, _PATTERN_LABEL)
    if "*" in parts[-1] and (len(parts) > 1 or host.startswith("*")):
        raise InvalidPattern("a * may not stand in the last part of a name, nor for a whole name")
    if "*" in host:
        literal_of(host.replace("*", "a"))
    if any(part.count("*") > _MOST_STARS for part in parts):
        raise InvalidPattern(f"a part of a name has at most {_MOST_STARS} of *")
    return tuple(re.compile(_SOME.join(map(re.escape, part.split("*")))) for part in parts)


def _ports(text: str) -> range:
    found = _PORTS.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not first <= last <= _HIGHEST_PORT:
        raise InvalidPattern("the port is no number from 1 to 65535, nor a range first-last of such")
    return range(first, last + 1)
