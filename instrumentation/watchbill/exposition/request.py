"""What a scraper asks for, from the headers of its request."""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from watchbill.asgi import Scope
from watchbill.exposition.encode import negotiated, quality
from watchbill.exposition.scrapes import Body

METHODS = ("GET", "HEAD")
DEFAULT_TIMEOUT_SECONDS = 10.0
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.1, 300.0
"""What a caller may ask for: with less no collector could answer, and would be absent from others' pages too."""
_TIMEOUT_HEADER = "x-prometheus-scrape-timeout-seconds"


class Request(NamedTuple):
    """Format, compression, and the seconds after which the scraper gives up."""

    content_type: str
    compressed: bool
    timeout: float

    @classmethod
    def of(cls, headers: dict[str, str]) -> "Request":
        """From headers by name, in lower case; several of one name are joined by commas."""
        return cls(
            negotiated(headers.get("accept", "")),
            quality(headers.get("accept-encoding", ""), "gzip") > 0,
            _seconds(headers.get(_TIMEOUT_HEADER, "")),
        )

    def answered_by(self, body: Body) -> Iterator[tuple[str, str]]:
        """The headers of the answer."""
        yield "content-type", self.content_type
        yield "content-length", str(body.length)
        yield "vary", "accept, accept-encoding"
        if body.compressed:
            yield "content-encoding", "gzip"


def headers_of(scope: Scope) -> dict[str, str]:
    """A request's headers by name."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return DEFAULT_TIMEOUT_SECONDS
    if not isfinite(found) or found <= 0:
        return DEFAULT_TIMEOUT_SECONDS
    return min(max(found, _SHORTEST_SECONDS), _LONGEST_SECONDS)
