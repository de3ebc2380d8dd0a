"""The page that Prometheus scrapes, as a small ASGI application."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic

from watchbill.asgi import Receive, Scope, Send
from watchbill.exposition.encode import TEXT
from watchbill.exposition.request import DEFAULT_TIMEOUT_SECONDS, METHODS, Request, headers_of
from watchbill.exposition.scrapes import Body, Scrapes
from watchbill.exposition.source import Source
from watchbill.fault import Faults

FAILED = b"The metrics could not be rendered; the log of the service tells why.\n"
_PLAIN = b"text/plain; charset=utf-8"

Header = tuple[bytes, bytes]


class MetricsPage:
    """Answers GET and HEAD; pages are rendered in threads, off the event loop."""

    def __init__(self, source: Callable[[], Source], faults: Faults) -> None:
        self._make = source
        self._faults = faults
        self._process = 0
        self._scrapes: Scrapes | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers one scrape."""
        head = scope["method"] == "HEAD"
        if scope["method"] not in METHODS:
            await answer(send, 405, b"Method Not Allowed\n", (b"allow", ", ".join(METHODS).encode()))
            return
        asked = Request.of(headers_of(scope))
        try:
            # A scraper that goes away must not take the rendering from the others that wait for it.
            body = await asyncio.shield(asyncio.wrap_future(self.begin(asked)))
        except Exception as error:  # noqa: BLE001  never into the server
            self._faults.report("exposition", error)
            await answer(send, 500, FAILED, head=head)
            return
        headers = [(name.encode(), value.encode()) for name, value in asked.answered_by(body)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for chunk in () if head else body.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            # A server writes to a fast reader without ever giving the loop away.
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    def begin(self, asked: Request) -> "Future[Body]":
        """Begins to render what is asked for, or joins those who wait for the same."""
        return self._now().body(asked.content_type, compressed=asked.compressed, timeout=asked.timeout)

    def text(self, content_type: str = TEXT) -> str:
        """The whole page, rendered in the caller's thread."""
        pieces = self._now().source.pieces(content_type, monotonic() + DEFAULT_TIMEOUT_SECONDS)
        return b"".join(pieces).decode()

    def _now(self) -> Scrapes:
        if self._scrapes is None or self._process != os.getpid():
            # A fork takes locks along, perhaps held, and renderings that no thread works on any more.
            self._scrapes, self._process = Scrapes(self._make()), os.getpid()
        return self._scrapes


async def answer(send: Send, status: int, text: bytes, *extra: Header, head: bool = False) -> None:
    """Answers in plain text."""
    headers = [(b"content-type", _PLAIN), (b"content-length", str(len(text)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else text})
