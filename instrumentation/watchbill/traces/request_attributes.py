"""What a recorded server span says about its request, beside method, route and status."""

from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from opentelemetry.semconv.attributes.client_attributes import CLIENT_ADDRESS
from opentelemetry.semconv.attributes.network_attributes import (
    NETWORK_PEER_ADDRESS,
    NETWORK_PEER_PORT,
    NETWORK_PROTOCOL_VERSION,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.semconv.attributes.url_attributes import URL_PATH, URL_QUERY, URL_SCHEME
from opentelemetry.semconv.attributes.user_agent_attributes import USER_AGENT_ORIGINAL

from watchbill.asgi import Scope
from watchbill.logs.names import SCRUBBED, is_secret
from watchbill.logs.secrets import redact, redact_path

_LONGEST = 1_000
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def request_attributes(scope: Scope) -> dict[str, str | int]:
    """Attributes read from the scope; secrets in path and query are replaced. A Host without port has the scheme's."""
    host = agent = b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"user-agent":
            agent = value
    found = _of_client(scope.get("scheme", "http"), scope.get("http_version", ""), host, agent).copy()
    found[URL_PATH] = redact_path(scope["path"][:_LONGEST])
    if query := scope.get("query_string"):
        found[URL_QUERY] = _scrubbed_query(query)
    address, port = scope.get("client") or ("", 0)
    if address:
        found[CLIENT_ADDRESS] = found[NETWORK_PEER_ADDRESS] = address
        if port:
            # uvicorn has 0 where a proxy named the client.
            found[NETWORK_PEER_PORT] = port
    if not host and (server := scope.get("server")):
        found[SERVER_ADDRESS] = server[0]
        if server[1] is not None:
            found[SERVER_PORT] = server[1]
    return found


@lru_cache(maxsize=512)
def _of_client(scheme: str, version: str, host: bytes, agent: bytes) -> dict[str, str | int]:
    """What a client says in each of its requests; the caller copies it."""
    found: dict[str, str | int] = {URL_SCHEME: scheme}
    if version:
        found[NETWORK_PROTOCOL_VERSION] = version
    if agent:
        found[USER_AGENT_ORIGINAL] = agent.decode("latin-1")[:_LONGEST]
    if host:
        address, port = _split(host.decode("latin-1")[:_LONGEST], _PORTS.get(scheme))
        if address:
            found[SERVER_ADDRESS] = address
            if port is not None:
                found[SERVER_PORT] = port
    return found


def _split(host: str, otherwise: int | None) -> tuple[str, int | None]:
    address, colon, port = host.rpartition(":")
    if colon and port.isascii() and port.isdigit() and not address.endswith(":") and len(port) < 6:
        return address.strip("[]"), int(port)
    return host.strip("[]"), otherwise


def _scrubbed_query(query: bytes) -> str:
    text = query.decode("latin-1")[:_LONGEST]
    pairs = parse_qsl(text, keep_blank_values=True)
    if not any(is_secret(name) or redact(value) != value for name, value in pairs):
        return text
    return urlencode([(name, SCRUBBED if is_secret(name) else redact(value)) for name, value in pairs])
