"""The page that Prometheus scrapes, as a small ASGI application."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import CollectorRegistry

from watchbill.asgi import Receive, Scope, Send
from watchbill.exposition.encode import TEXT, encode, negotiated
from watchbill.exposition.family import client_families
from watchbill.fault import Faults

_PLAIN = "text/plain; charset=utf-8"


def render(registry: CollectorRegistry, content_type: str = TEXT) -> str:
    """All metrics of a registry as text, in one of the two formats."""
    return encode(client_families(registry.collect()), content_type)


class MetricsPage:
    """Answers GET and HEAD. Rendering runs in a thread of its own: one scrape after the other."""

    def __init__(self, registry: CollectorRegistry, faults: Faults) -> None:
        self._registry = registry
        self._faults = faults
        self._thread: ThreadPoolExecutor | None = None
        self._process = 0

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers one scrape."""
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            await _answer(send, 405, _PLAIN, b"Method Not Allowed", (b"allow", b"GET, HEAD"))
            return
        accept = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")
        content_type = negotiated(accept)
        try:
            body = await asyncio.get_running_loop().run_in_executor(self._executor(), self._body, content_type)
        except Exception as error:  # noqa: BLE001  a collector of the application's may fail
            self._faults.report("exposition", error)
            await _answer(send, 500, _PLAIN, b"A collector failed; the log of the service tells which.")
            return
        await _answer(send, 200, content_type, body, head=method == "HEAD")

    def close(self) -> None:
        """Ends the thread; the next scrape would start another."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    def _body(self, content_type: str) -> bytes:
        return render(self._registry, content_type).encode()

    def _executor(self) -> ThreadPoolExecutor:
        if self._thread is None or self._process != os.getpid():
            # A fork takes the pool along, but not its thread.
            self._process = os.getpid()
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watchbill-exposition")
        return self._thread


async def _answer(
    send: Send, status: int, content_type: str, body: bytes, *extra: tuple[bytes, bytes], head: bool = False
) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"vary", b"accept"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
