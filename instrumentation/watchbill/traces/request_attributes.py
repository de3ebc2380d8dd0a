"""What a recorded server span says about its request, beside method, route and status."""

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
from watchbill.logs.scrubbing import SCRUBBED, is_secret

_LONGEST = 1_000


def request_attributes(scope: Scope) -> dict[str, str | int]:
    """Attributes read from the scope. Values of secret query parameters are replaced."""
    found: dict[str, str | int] = {URL_PATH: scope["path"], URL_SCHEME: scope.get("scheme", "http")}
    if version := scope.get("http_version"):
        found[NETWORK_PROTOCOL_VERSION] = version
    if query := scope.get("query_string"):
        found[URL_QUERY] = _scrubbed_query(query)
    address, port = scope.get("client") or ("", 0)
    if address:
        found[CLIENT_ADDRESS] = found[NETWORK_PEER_ADDRESS] = address
        if port:
            # uvicorn has 0 where a proxy named the client.
            found[NETWORK_PEER_PORT] = port
    address, port = (scope.get("server") or ("", None))[:2]
    for name, value in scope["headers"]:
        if name == b"host":
            address, port = _split(value.decode("latin-1"), port)
        elif name == b"user-agent":
            found[USER_AGENT_ORIGINAL] = value.decode("latin-1")[:_LONGEST]
    if address:
        found[SERVER_ADDRESS] = address[:_LONGEST]
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
    if not any(is_secret(name) for name, _ in pairs):
        return text
    return urlencode([(name, SCRUBBED if is_secret(name) else value) for name, value in pairs])
