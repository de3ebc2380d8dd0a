"""An exposition as a response: its format, compressed where the scraper takes that."""

import asyncio
from collections.abc import Callable

from starlette.responses import Response

from watchbill.asgi import Scope
from watchbill.exposition.request import Request, headers_of
from watchbill.exposition.scrapes import CHUNK_BYTES, COMPRESSED_BYTES, Body, gzipped


async def exposition(scope: Scope, content: Callable[[str], str]) -> Response:
    """What the scraper asks for; `content` writes a content type's text."""
    asked = Request.of(headers_of(scope))
    plain = content(asked.content_type).encode()
    body = Body((plain,), compressed=False)
    if asked.compressed and len(plain) >= COMPRESSED_BYTES:
        # A thread costs more than what a small page keeps the loop from.
        packed = _packed(plain) if len(plain) <= CHUNK_BYTES else await asyncio.to_thread(_packed, plain)
        body = Body((packed,), compressed=True)
    return Response(b"".join(body.chunks), headers=dict(asked.answered_by(body)))


def _packed(plain: bytes) -> bytes:
    return b"".join(gzipped([plain]))
