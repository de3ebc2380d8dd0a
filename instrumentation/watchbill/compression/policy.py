"""Why a compressing middleware left an answer alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Headers = Iterable[tuple[bytes, bytes]]

_ANY_OFFER = ("gzip", "br", "zstd", "deflate")
_EVENT_STREAM = "text/event-stream"


def header(headers: Headers, name: bytes) -> str:
    """All values of a header, given in small letters, joined by commas; empty without it."""
    size = len(name)
    return ",".join([value.decode("latin-1") for key, value in headers if len(key) == size and key.lower() == name])


@dataclass(frozen=True, slots=True)
class Policy:
    """What a middleware says about itself: encodings, smallest size, content types it leaves out."""

    offers: tuple[str, ...] = _ANY_OFFER
    smallest: int = 1
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, middleware: Any, offers: tuple[str, ...] = _ANY_OFFER) -> "Policy":
        """As far as its attributes tell."""
        smallest: Any = getattr(middleware, "minimum_size", 1)
        left_out: Iterable[object] = getattr(middleware, "exclude_content_types", ())
        return cls(
            offers,
            smallest if isinstance(smallest, int) else 1,
            tuple(str(kind) for kind in left_out),
        )

    @classmethod
    def of_all(cls, policies: Iterable["Policy"]) -> "Policy":
        """Of several middlewares, one inside the other: whatever one of them does."""
        known = list(policies)
        return cls(
            tuple(dict.fromkeys(offer for one in known for offer in one.offers)),
            min(one.smallest for one in known),
            tuple(kind for kind in known[0].left_out if all(kind in one.left_out for one in known)),
        )

    def reason(self, request: Headers, answer: Headers, size: int | None) -> str:
        """Why an answer, as the application made it, was left alone; no size means that it was streamed."""
        kind = header(answer, b"content-type").partition(";")[0].strip().lower()
        accepted = header(request, b"accept-encoding").lower()
        if header(answer, b"content-encoding"):
            return "already_encoded"
        if kind == _EVENT_STREAM:
            return "event_stream"
        if not any(offer in accepted for offer in self.offers):
            return "not_accepted"
        if size is not None and size < self.smallest:
            return "too_small"
        if kind in self.left_out or f"{kind.partition('/')[0]}/*" in self.left_out:
            return "content_type"
        return "other"
