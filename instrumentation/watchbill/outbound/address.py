"""What a span says of the address that is called."""

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.semconv.attributes.url_attributes import URL_FULL

from watchbill.logs.names import SCRUBBED, is_secret
from watchbill.logs.secrets import redact, redact_path

if TYPE_CHECKING:
    import httpx

_LONGEST = 2_000
_PORTS = {"http": 80, "https": 443}
# Parts of signed addresses of storage services, beside what is secret by its name.
_SIGNED = frozenset({"awsaccesskeyid", "googleaccessid", "key", "code"})


def address_attributes(url: "httpx.URL") -> dict[str, str | int]:
    """Host, port and address, as the conventions call them; without the user, and secrets in it replaced."""
    attributes: dict[str, str | int] = {SERVER_ADDRESS: url.host, URL_FULL: shown(url)}
    port = url.port or _PORTS.get(url.scheme)
    if port is not None:
        attributes[SERVER_PORT] = port
    return attributes


def shown(url: "httpx.URL") -> str:
    """The address as it may be seen, 2 000 characters of it at most."""
    path, mark, query = url.raw_path.decode("ascii", "replace").partition("?")
    host = url.netloc.decode("ascii", "replace")
    bare = f"{url.scheme}://{host}{redact_path(path[:_LONGEST])}"
    if not mark:
        return bare[:_LONGEST]
    return f"{bare}?{'&'.join(map(_pair, query[:_LONGEST].split('&')))}"[:_LONGEST]


def _pair(text: str) -> str:
    name, equals, value = text.partition("=")
    plain = unquote_plus(name)
    if equals and (is_secret(plain) or plain.lower() in _SIGNED or _tells(value)):
        return f"{name}={SCRUBBED}"
    return SCRUBBED if _tells(name) else text


def _tells(text: str) -> bool:
    """Whether there is a secret in an encoded text."""
    plain = unquote_plus(text)
    return redact(plain) != plain
