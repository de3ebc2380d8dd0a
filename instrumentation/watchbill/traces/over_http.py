"""OTLP over HTTP, on the standard library."""

import gzip
import ssl
from base64 import b64encode
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, socket
from time import monotonic
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from watchbill.traces.transport import NotTaken, Settings

_TEMPORARY = frozenset({429, 502, 503, 504})
_TYPE = "application/x-protobuf"
_LARGEST_ANSWER = 1 << 16


class OverHttp:
    """Posts to one address over a connection that is kept, through the proxy that the environment names.

    A redirect is a refusal. User and password in the address become a header.
    """

    def __init__(self, endpoint: str, settings: Settings) -> None:
        parts = urlsplit(endpoint)
        self._host = parts.netloc.rpartition("@")[2]
        self._secure = parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given = {name.title(): text for name, text in settings.headers.items()}
        self._headers = {"Host": self._host, "User-Agent": "watchbill", **_basic(parts.netloc), **given}
        self._headers["Content-Type"] = _TYPE
        self._compressed = settings.compressed
        if self._compressed:
            self._headers["Content-Encoding"] = "gzip"
        self._context = _context(settings) if self._secure else None
        self._connection: HTTPConnection | None = None
        self._socket: socket | None = None
        self._target = self._path

    def send(self, body: bytes, seconds: float) -> None:
        """Posts it; raises NotTaken."""
        data = gzip.compress(body, 5, mtime=0) if self._compressed else body
        kept, deadline = self._connection is not None, monotonic() + seconds
        try:
            try:
                answer = self._posted(data, seconds)
            except (OSError, HTTPException) as error:
                if not kept or isinstance(error, TimeoutError):
                    raise
                # The collector has closed the kept connection meanwhile; that says nothing about the batch.
                self.close()
                answer = self._posted(data, seconds)
        except (OSError, HTTPException) as error:
            self.close()
            raise NotTaken(str(error) or type(error).__name__, temporary=True) from None
        taken = 200 <= answer.status < 300
        if not taken or answer.will_close or not _is_read(answer, deadline):
            answer.close()
            self.close()
        if not taken:
            after = _seconds(answer.headers.get("Retry-After", ""))
            raise NotTaken(f"it answered {answer.status}", temporary=answer.status in _TEMPORARY, after=after)

    def close(self) -> None:
        """Closes the connection."""
        connection, self._connection, self._socket = self._connection, None, None
        if connection is not None:
            connection.close()

    def interrupt(self) -> None:
        """Ends the connection under the thread that may be reading from it; closing would wait for that thread."""
        under_way = self._socket
        if under_way is not None:
            with suppress(OSError):
                under_way.shutdown(SHUT_RDWR)

    def _posted(self, data: bytes, seconds: float) -> HTTPResponse:
        connection = self._connection
        if connection is None:
            connection, path = self._connected(seconds)
            self._connection, self._target = connection, path
        reached = self._socket
        if reached is None:
            connection.connect()
            reached = self._socket = _socket_of(connection)
        reached.settimeout(seconds)
        connection.request("POST", self._target, data, self._headers)
        return connection.getresponse()

    def _connected(self, seconds: float) -> tuple[HTTPConnection, str]:
        """A connection to the collector or its proxy, and what to ask there for."""
        scheme = "https" if self._secure else "http"
        proxy = "" if proxy_bypass(self._host) else getproxies().get(scheme, "")
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
        via = urlsplit(proxy).netloc.rpartition("@")[2] if proxy else self._host
        if self._context is not None:
            secure = HTTPSConnection(via, timeout=seconds, context=self._context)
            if proxy:
                secure.set_tunnel(self._host, headers=_basic(urlsplit(proxy).netloc, "Proxy-Authorization"))
            return secure, self._path
        if proxy:
            self._headers.update(_basic(urlsplit(proxy).netloc, "Proxy-Authorization"))
            return HTTPConnection(via, timeout=seconds), f"http://{self._host}{self._path}"
        return HTTPConnection(via, timeout=seconds), self._path


def _socket_of(connection: HTTPConnection) -> socket:
    return connection.sock


def _is_read(answer: HTTPResponse, deadline: float) -> bool:
    """Whether nothing of the answer is left, after which its connection serves again."""
    read = 0
    with suppress(OSError, HTTPException):
        while read < _LARGEST_ANSWER and monotonic() < deadline:
            some = len(answer.read1(_LARGEST_ANSWER))
            if not some:
                answer.read()
                break
            read += some
    return answer.isclosed()


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(settings.certificate) if settings.certificate else None)
    if settings.client_certificate:
        context.load_cert_chain(settings.client_certificate, settings.client_key)
    return context


def _basic(netloc: str, header: str = "Authorization") -> dict[str, str]:
    user, at, _ = netloc.rpartition("@")
    return {header: f"Basic {b64encode(unquote(user).encode()).decode()}"} if at else {}


def _seconds(text: str) -> float | None:
    with suppress(ValueError):
        return max(0.0, float(text))
    return None
