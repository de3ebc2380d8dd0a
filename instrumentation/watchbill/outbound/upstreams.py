"""Who is called: the declared name of a host, or of the beginning of an address."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from watchbill.catalogue.outbound import UNDECLARED
from watchbill.errors import InvalidDeclaration
from watchbill.problem import is_a

if TYPE_CHECKING:
    import httpx

_PORTS = {"http": 80, "https": 443}
_ANY = "*."


class Rule(NamedTuple):
    """What an address of a host has to be; empty and 0 stand for anything."""

    path: str
    port: int
    scheme: str
    name: str

    def fits(self, scheme: str, port: int, path: str) -> bool:
        """Whether it is. A path begins with another where a segment ends: `/v1` fits `/v1/users` and not `/v10`."""
        if (self.scheme and self.scheme != scheme) or (self.port and self.port != port):
            return False
        rest = path[len(self.path) :]
        return path.startswith(self.path) and (not rest or self.path.endswith("/") or rest[0] in "/?#")


class Upstreams:
    """Names by host (`api.stripe.com`, `*.example.com`, `[::1]:8080`) or address (`https://api.example.com/v1`).

    One name alone holds for every address. Of several that fit, a host goes before `*.`, then the longest path, then a
    port, then a scheme. Raises InvalidDeclaration with everything that is wrong.
    """

    def __init__(self, declared: Mapping[str, str] | str) -> None:
        self._only = declared if isinstance(declared, str) else ""
        if self._only.isspace():
            raise InvalidDeclaration("upstreams", ["the name is empty: give text"])
        self._hosts: dict[str, list[Rule]] = {}
        pairs: Mapping[object, object] = {} if isinstance(declared, str) else _mapping(declared)
        faults = [fault for key, name in pairs.items() if (fault := self._declare(key, name))]
        if faults:
            raise InvalidDeclaration("upstreams", faults)
        for rules in self._hosts.values():
            rules.sort(key=lambda rule: (len(rule.path), rule.port > 0, rule.scheme != ""), reverse=True)
        self._plain = {host: rules[0].name for host, rules in self._hosts.items() if _is_plain(rules)}
        self._wild = any(host.startswith(_ANY) for host in self._hosts)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, and `undeclared` where it can occur."""
        if self._only:
            return (self._only,)
        return (*dict.fromkeys(rule.name for rules in self._hosts.values() for rule in rules), UNDECLARED)

    def name(self, url: "httpx.URL") -> str:
        """The name of an address; `undeclared` where there is none."""
        if self._only:
            return self._only
        if not self._hosts:
            return UNDECLARED
        host = url.host
        return self._plain.get(host) or self._closest(host, url)

    def _closest(self, host: str, url: "httpx.URL") -> str:
        if host not in self._hosts and not self._wild:
            return UNDECLARED
        scheme, path = url.scheme, url.raw_path.decode("ascii", "replace")
        port = url.port or _PORTS.get(scheme, 0)
        domains = host.split(".")
        wider = (_ANY + ".".join(domains[place:]) for place in range(1, len(domains)))
        for candidate in (host, *wider):
            for rule in self._hosts.get(candidate, ()):
                if rule.fits(scheme, port, path):
                    return rule.name
        return UNDECLARED

    def _declare(self, key: object, name: object) -> str:
        """Adds a rule, or says what is wrong with it."""
        import httpx

        if not (isinstance(key, str) and key.strip() and isinstance(name, str) and name.strip()):
            kinds = f"{type(key).__name__} to {type(name).__name__}"
            return f"it maps {kinds}, or one of them is empty: give a host or an address, and a name, as text"
        address = key if "://" in key else f"//{_bracketed(key)}"
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL as error:
            return f"the address of {name!r} is none: {error}"
        if not url.host or url.userinfo or url.query or url.fragment:
            return f"the address of {name!r} has no host, or a user, query or fragment: give host or host/path alone"
        path = url.raw_path.decode("ascii")
        port = url.port or (_PORTS.get(url.scheme, 0) if url.scheme else 0)
        rule = Rule("" if path == "/" else path, port, url.scheme, name)
        self._hosts.setdefault(url.host, []).append(rule)
        return ""


def _mapping(declared: object) -> Mapping[object, object]:
    if not is_a(declared, Mapping):
        raise InvalidDeclaration(
            "upstreams", [f"{type(declared).__name__} is no mapping: give {{host: name}}, or a name"]
        )
    return cast("Mapping[object, object]", declared)


def _bracketed(key: str) -> str:
    """An IPv6 address as it stands in a URL."""
    host, slash, path = key.partition("/")
    return f"[{host}]{slash}{path}" if host.count(":") > 1 and not host.startswith("[") else key


def _is_plain(rules: list[Rule]) -> bool:
    """Whether the host alone decides."""
    return len(rules) == 1 and not (rules[0].path or rules[0].port or rules[0].scheme)
