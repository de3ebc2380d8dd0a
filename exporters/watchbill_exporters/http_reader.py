"""Reads over HTTP/1.1 within bounds of time and bytes; follows no redirect and uses no proxy."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter

import h11

from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver, first_open
from watchbill_exporters.web_address import WebAddress

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes of one answer's body."""
_LARGEST_HEAD = 64 * 1024
_PIECE = 16 * 1024
_MOST_BEGINNINGS = 20
_FEWEST_BYTES, _PIECES_FREE = 256, 4096
"""Bytes that the pieces of a body have on average, but for the first ones: each costs time that all targets share."""
_USER_AGENT = "watchbill-exporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where to connect; with `tls` the certificate is verified, against `ca_file` or the system's authorities."""

    host: str
    port: int
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None

    @classmethod
    def of(cls, settings: Settings, address: WebAddress | None = None) -> "Origin":
        """The address of a target, or of one of its URLs; authority and client certificate hold for all of them."""
        place = settings if address is None else address
        return cls(
            host=place.host,
            port=place.port,
            tls=place.tls,
            ca_file=settings.ca_file,
            cert_file=settings.cert_file,
            key_file=settings.key_file,
            server_name=settings.server_name,
        )

    @property
    def authority(self) -> str:
        """Host and port, as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_field(self) -> str:
        """What the Host header says: without the port that the scheme implies."""
        usual = 443 if self.tls else 80
        return self.authority.rpartition(":")[0] if self.port == usual else self.authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Header names are in lower case; repeated headers are joined by commas. `whole` says whether the body is."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte_seconds: float
    whole: bool = True


class HttpReader:
    """A connection that asks one thing after another."""

    def __init__(self, origin: Origin, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._origin = origin
        self._reader = reader
        self._writer = writer
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)

    @classmethod
    async def open(cls, origin: Origin, resolver: Resolver, deadline: Deadline) -> "HttpReader":
        """Looks up, connects and shakes hands; raises TargetDown."""
        addresses = await resolver.addresses(origin.host, deadline)

        async def dial(address: str, within: Deadline) -> HttpReader:
            return await _dial(origin, address, within)

        return await first_open(addresses, deadline, dial)

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._state.our_state is h11.IDLE

    @property
    def certificate_expiry(self) -> float | None:
        """When the server's certificate ends, as Unix time; None without TLS."""
        certificate = self._writer.get_extra_info("peercert")
        ends = certificate.get("notAfter") if certificate else None
        return None if ends is None else float(ssl.cert_time_to_seconds(str(ends)))

    async def ask(
        self,
        target: str,
        deadline: Deadline,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        most: int = LARGEST_BODY,
        cut: bool = False,
    ) -> Answer:
        """One request's answer; raises TargetDown.

        A body of more than `most` bytes is a fault; with `cut` it is left unread from there on, after which the
        connection is of no more use.
        """
        if not self.reusable:
            raise TargetDown("protocol", f"{self._origin.authority} was not asked: an answer before did not end")
        fields = {"host": self._origin.host_field, "user-agent": _USER_AGENT, **(headers or {})}
        try:
            async with deadline.limit(f"asking {self._origin.authority}"):
                return await self._exchange(method, target, list(fields.items()), most, cut=cut)
        except h11.RemoteProtocolError:
            # `from None`, here and below: the error repeats what it is about, be it endless or secret.
            raise TargetDown("protocol", f"{self._origin.authority} does not speak HTTP/1.1") from None
        except (h11.LocalProtocolError, UnicodeEncodeError):
            cause = "the secret has characters that no header may have"
            raise TargetDown("auth", f"{self._origin.authority} cannot be asked: {cause}") from None
        except ConnectionError as error:
            raise TargetDown("protocol", f"{self._origin.authority} broke the connection off") from error
        except OSError as error:
            raise TargetDown("protocol", f"{self._origin.authority}: {error.strerror or error}") from error

    async def close(self) -> None:
        """Drops the connection at once."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _exchange(
        self, method: str, target: str, fields: list[tuple[str, str]], most: int, *, cut: bool
    ) -> Answer:
        self._send(h11.Request(method=method, target=target, headers=fields))
        self._send(h11.EndOfMessage())
        began = perf_counter()
        head, first_byte = await self._head(began)
        body, whole = await self._body(most, cut=cut)
        found: dict[str, str] = {}
        for name, value in head.headers:
            key, text = name.decode("ascii"), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return Answer(
            status=head.status_code, headers=found, body=body, first_byte_seconds=first_byte - began, whole=whole
        )

    async def _head(self, began: float) -> tuple[h11.Response, float]:
        first_byte, beginnings = began, 0
        while True:
            event = self._state.next_event()
            if isinstance(event, h11.Response):
                return event, first_byte
            if event is h11.NEED_DATA:
                await self._receive()
                first_byte = perf_counter() if first_byte == began else first_byte
            elif not isinstance(event, h11.InformationalResponse):
                raise TargetDown("protocol", f"{self._origin.authority} closed the connection")
            elif (beginnings := beginnings + 1) > _MOST_BEGINNINGS:
                raise TargetDown("protocol", f"{self._origin.authority} begins its answer again and again")

    async def _body(self, most: int, *, cut: bool) -> tuple[bytes, bool]:
        body, pieces = bytearray(), 0
        while True:
            event = self._state.next_event()
            if isinstance(event, h11.Data):
                body += event.data
                pieces += 1
                if pieces > _PIECES_FREE + len(body) // _FEWEST_BYTES:
                    raise TargetDown("protocol", f"{self._origin.authority} sent its answer in too many pieces")
                if len(body) > most and not cut:
                    raise TargetDown("protocol", f"{self._origin.authority} sent more than {most} bytes")
                if len(body) > most:
                    return bytes(body[:most]), False
            elif event is h11.NEED_DATA:
                await self._receive()
            else:
                break
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
        return bytes(body), True

    def _send(self, event: h11.Request | h11.EndOfMessage) -> None:
        self._writer.write(self._state.send(event) or b"")

    async def _receive(self) -> None:
        self._state.receive_data(await self._reader.read(_PIECE))


async def _dial(origin: Origin, address: str, deadline: Deadline) -> HttpReader:
    async with deadline.limit(f"connecting to {origin.authority}"):
        try:
            context = _context(*_files(origin)) if origin.tls else None
            name = (origin.server_name or origin.host) if origin.tls else None
            streams = await asyncio.open_connection(address, origin.port, ssl=context, server_hostname=name)
        except TimeoutError:
            raise
        except OSError as error:
            raise _unreachable(error, origin) from error
    return HttpReader(origin, *streams)


File = tuple[str, int, int] | None
"""A path, and what tells a changed file from the one that was read."""


def _files(origin: Origin) -> tuple[File, ...]:
    return tuple(map(_file, (origin.ca_file, origin.cert_file, origin.key_file)))


def _file(path: str | None) -> File:
    if path is None:
        return None
    status = Path(path).stat()
    return (path, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=32)
def _context(authorities: File, certificate: File, key: File) -> ssl.SSLContext:
    """Reading the system's authorities takes some ten milliseconds, so it is not done for each connection."""
    context = ssl.create_default_context(cafile=authorities[0] if authorities else None)
    if certificate is not None and key is not None:
        context.load_cert_chain(certificate[0], key[0])
    return context


def _unreachable(error: OSError, origin: Origin) -> TargetDown:
    cause = error.strerror or str(error)
    if isinstance(error, ssl.SSLError) or (origin.tls and isinstance(error, ConnectionResetError)):
        return TargetDown("tls", f"{origin.authority}: {cause}")
    if origin.tls and isinstance(error, FileNotFoundError | PermissionError):
        return TargetDown("tls", f"{error.filename or origin.ca_file}: {cause}")
    return TargetDown("refused", f"{origin.authority}: {cause}")
