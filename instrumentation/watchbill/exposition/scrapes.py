"""Scrapes of one source: those that come while a page is being rendered wait for that one."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from threading import Lock, Thread
from time import monotonic
from typing import NamedTuple

from watchbill.exposition.source import Source
from watchbill.pace import paced

CHUNK_BYTES = 64 * 1024
COMPRESSED_BYTES = 1024
"""Pages under this size are sent as they are."""
_FASTEST = 1
_GZIP_FORMAT = 31
_SHARE, _MARGIN_SECONDS = 0.9, 1.0

Chunks = tuple[bytes, ...]
Key = tuple[str, bool]


class Body(NamedTuple):
    """A rendered page."""

    chunks: Chunks
    compressed: bool

    @property
    def length(self) -> int:
        """In bytes."""
        return sum(map(len, self.chunks))


class _Flight(NamedTuple):
    deadline: float
    body: "Future[Body]"


class Scrapes:
    """Renders in threads of its own, in short steps. Each format is rendered once for all who wait for it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = Lock()
        self._flights: dict[Key, _Flight] = {}

    def body(self, content_type: str, *, compressed: bool, timeout: float) -> "Future[Body]":
        """The page as it is now; collectors are waited for a little less than the timeout in seconds."""
        deadline = monotonic() + max(timeout * _SHARE, timeout - _MARGIN_SECONDS)
        if not compressed:
            return self._flight((content_type, False), deadline, lambda: self._rendered(content_type, deadline))
        return self._flight((content_type, True), deadline, lambda: self._compressed(content_type, deadline))

    def _flight(self, key: Key, deadline: float, make: Callable[[], Body]) -> "Future[Body]":
        with self._lock:
            running = self._flights.get(key)
            if running is not None and running.deadline <= deadline:
                return running.body
            flight = self._flights[key] = _Flight(deadline, Future())
        Thread(target=self._run, args=(key, flight, make), name="watchbill-exposition", daemon=True).start()
        return flight.body

    def _run(self, key: Key, flight: _Flight, make: Callable[[], Body]) -> None:
        try:
            body = make()
        except BaseException as error:  # noqa: BLE001  whoever waits is told
            self._land(key, flight)
            flight.body.set_exception(error)
        else:
            # Whoever comes from here on gets numbers of his own time.
            self._land(key, flight)
            flight.body.set_result(body)

    def _land(self, key: Key, flight: _Flight) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]

    def _rendered(self, content_type: str, deadline: float) -> Body:
        return Body(tuple(_chunked(paced(self.source.pieces(content_type, deadline)))), compressed=False)

    def _compressed(self, content_type: str, deadline: float) -> Body:
        plain = self._flight((content_type, False), deadline, lambda: self._rendered(content_type, deadline)).result()
        if plain.length < COMPRESSED_BYTES:
            return plain
        return Body(tuple(gzipped(plain.chunks)), compressed=True)


def _chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if size:
        yield b"".join(waiting)


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes compressed at the fastest level, as they come."""
    # zlib gives the interpreter away while it works on a chunk.
    packer = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP_FORMAT)
    return _chunked(piece for piece in (*map(packer.compress, chunks), packer.flush()) if piece)
