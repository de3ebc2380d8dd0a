"""Spans as bytes of OTLP's protobuf messages (opentelemetry-proto 1, trace/v1), written without building the messages.

A span becomes bytes as it ends: a queue of bytes gives the garbage collector nothing to walk, where the SDK's spans
hold a dozen containers each, outlive two collections and then cause full ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from struct import Struct
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode

Encoded = tuple[int, bytes]
"""A span's message, and the place of its resource and scope."""

_FIXED64 = Struct("<Q").pack
_FIXED32 = Struct("<I").pack
_DOUBLE = Struct("<d").pack
_TIMES = Struct("<cQcQ").pack
_KIND = {kind: bytes((0x30, kind.value + 1)) for kind in SpanKind}
_STATUS = {code: bytes((0x18, code.value)) if code.value else b"" for code in StatusCode}
_LOCAL, _REMOTE = 0x100, 0x300
_LARGEST_CACHE = 4096
_LONGEST_CACHED = 200


class Encoder:
    """Encodes spans of few resources and scopes; thread-safe, for its caches may be written twice."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], bytes] = {}
        self._numbers: dict[tuple[str, int], bytes] = {}
        self._places: dict[tuple[int, int], int] = {}
        self._numbered = count()
        self._sources: dict[int, tuple[Resource, InstrumentationScope | None]] = {}

    def span(self, span: ReadableSpan) -> Encoded:
        """One span, once it has ended."""
        context, parent = span.get_span_context(), span.parent
        if context is None:
            raise ValueError("a span without a context cannot be sent")
        parts = [
            b"\x0a\x10",
            context.trace_id.to_bytes(16, "big"),
            b"\x12\x08",
            context.span_id.to_bytes(8, "big"),
            _field(b"\x2a", span.name.encode("utf-8", "replace")),
            _KIND[span.kind],
            _TIMES(b"\x39", span.start_time or 0, b"\x41", span.end_time or 0),
            self._attributes(b"\x4a", span.attributes),
            b"\x85\x01",
            _FIXED32(_REMOTE if parent is not None and parent.is_remote else _LOCAL),
        ]
        if parent is not None:
            parts += (b"\x22\x08", parent.span_id.to_bytes(8, "big"))
        if context.trace_state:
            parts.append(_field(b"\x1a", context.trace_state.to_header().encode()))
        if events := span.events:
            parts += [_field(b"\x5a", self._event(event)) for event in events]
        if links := span.links:
            parts += [_field(b"\x6a", self._link(link)) for link in links]
        status = span.status
        text = _field(b"\x12", status.description.encode("utf-8", "replace")) if status.description else b""
        parts += (_field(b"\x7a", text + _STATUS[status.status_code]), _dropped(span))
        return self._place(span.resource, span.instrumentation_scope), b"".join(parts)

    def request(self, spans: Iterable[Encoded]) -> bytes:
        """An ExportTraceServiceRequest of them."""
        by_place: dict[int, list[bytes]] = {}
        for place, encoded in spans:
            by_place.setdefault(place, []).append(_field(b"\x12", encoded))
        by_resource: dict[int, list[int]] = {}
        for place in by_place:
            by_resource.setdefault(id(self._sources[place][0]), []).append(place)
        return b"".join([self._resource_spans(places, by_place) for places in by_resource.values()])

    def _resource_spans(self, places: list[int], spans: Mapping[int, list[bytes]]) -> bytes:
        resource, _ = self._sources[places[0]]
        described = _field(b"\x0a", self._attributes(b"\x0a", resource.attributes))
        scopes = [_field(b"\x12", self._scope_spans(self._sources[place][1], spans[place])) for place in places]
        return _field(b"\x0a", b"".join([described, *scopes, _text(b"\x1a", resource.schema_url)]))

    def _scope_spans(self, scope: InstrumentationScope | None, spans: list[bytes]) -> bytes:
        if scope is None:
            return b"".join(spans)
        known = _text(b"\x0a", scope.name) + _text(b"\x12", scope.version)
        described = _field(b"\x0a", known + self._attributes(b"\x1a", scope.attributes))
        return b"".join([described, *spans, _text(b"\x1a", scope.schema_url)])

    def _place(self, resource: Resource, scope: InstrumentationScope | None) -> int:
        key = (id(resource), id(scope))
        place = self._places.get(key)
        if place is None:
            # Kept, so that their ids stay their own; of two threads the first one's place holds.
            place = next(self._numbered)
            self._sources[place] = (resource, scope)
            place = self._places.setdefault(key, place)
        return place

    def _event(self, event: Event) -> bytes:
        name = _text(b"\x12", event.name)
        return b"\x09" + _FIXED64(event.timestamp) + name + self._attributes(b"\x1a", event.attributes)

    def _link(self, link: Link) -> bytes:
        context: SpanContext = link.context
        ids = b"\x0a\x10" + context.trace_id.to_bytes(16, "big") + b"\x12\x08" + context.span_id.to_bytes(8, "big")
        flags = b"\x35" + _FIXED32(_REMOTE if context.is_remote else _LOCAL)
        return ids + self._attributes(b"\x22", link.attributes) + flags

    def _attributes(self, tag: bytes, attributes: Mapping[str, Any] | None) -> bytes:
        if not attributes:
            return b""
        # The SDK's mapping takes a lock per key it is asked for; its copy is a plain dictionary.
        copied = getattr(attributes, "copy", None)
        items = copied() if copied is not None else dict(attributes)
        return b"".join([tag + self._pair(key, value) for key, value in items.items()])

    def _pair(self, key: str, value: Any) -> bytes:
        """A KeyValue with its length before it."""
        cache: dict[Any, bytes]
        if type(value) is str:
            cache = self._texts
        elif type(value) is int:
            cache = self._numbers
        else:
            return _sized(_pair(key, value))
        found = cache.get((key, value))
        if found is None:
            found = _sized(_pair(key, value))
            if len(found) < _LONGEST_CACHED:
                if len(cache) >= _LARGEST_CACHE:
                    cache.clear()
                cache[key, value] = found
        return found


def _pair(key: str, value: Any) -> bytes:
    return _text(b"\x0a", key) + _field(b"\x12", _value(value))


def _value(value: Any) -> bytes:
    """An AnyValue."""
    if isinstance(value, str):
        return _field(b"\x0a", value.encode("utf-8", "replace"))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if isinstance(value, float):
        return b"\x21" + _DOUBLE(value)
    if isinstance(value, bytes):
        return _field(b"\x3a", value)
    if isinstance(value, Mapping):
        return _field(b"\x32", b"".join([_field(b"\x0a", _pair(str(key), one)) for key, one in value.items()]))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  of whatever
    if isinstance(value, Sequence):
        return _field(b"\x2a", b"".join([_field(b"\x0a", _value(one)) for one in value]))  # pyright: ignore[reportUnknownVariableType]  of whatever
    return b""


def _dropped(span: ReadableSpan) -> bytes:
    counts = ((b"\x50", span.dropped_attributes), (b"\x60", span.dropped_events), (b"\x70", span.dropped_links))
    return b"".join([tag + _varint(count) for tag, count in counts if count])


def _text(tag: bytes, text: str | None) -> bytes:
    return _field(tag, text.encode("utf-8", "replace")) if text else b""


def _field(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    return tag + bytes((size,)) + content if size < 0x80 else tag + _varint(size) + content


def _sized(content: bytes) -> bytes:
    return _field(b"", content)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
