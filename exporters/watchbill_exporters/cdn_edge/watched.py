"""A resource that is asked for again and again, and what its last answer was."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from time import monotonic, perf_counter, time

from watchbill.catalogue.cdn import (
    CDN_AGE,
    CDN_BODY_BYTES,
    CDN_CACHE,
    CDN_CERTIFICATE_EXPIRY,
    CDN_CERTIFICATE_LEFT,
    CDN_CONNECT,
    CDN_ENCODING,
    CDN_FAILURE,
    CDN_FIRST_BYTE,
    CDN_RESPONSES,
    CDN_STATUS,
    CDN_SUCCESS,
)
from watchbill.catalogue.edge import ENCODING
from watchbill_exporters.cdn_edge.cache_status import age, cache_status
from watchbill_exporters.cdn_edge.settings import Method, Resource
from watchbill_exporters.collector import Collected, Key, Measured, Row, series
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import Answer, HttpReader, Origin
from watchbill_exporters.pace import is_due
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver

_MOST_BODY = 1024 * 1024
_HEADERS = {"accept": "*/*", "accept-encoding": "gzip, br, zstd"}
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An answer, and what its connection took and showed."""

    answer: Answer
    connect_seconds: float
    certificate_expiry: float | None


@dataclass(slots=True)
class Watched:
    """Its state over all probes: what it found last, or why nothing."""

    resource: Resource
    origin: Origin
    asked_at: float = -inf
    seconds: float = 0.0
    last: Found | TargetDown | None = None
    by_status: Counter[str] = field(default_factory=Counter[str])

    @property
    def succeeded(self) -> bool:
        """Whether the last answer is one that a client can use."""
        return isinstance(self.last, Found) and self.last.answer.status < _FIRST_ERROR

    def is_due(self, interval: float, retry: float) -> bool:
        """Whether it is time to ask: after an interval, or sooner when the last asking failed."""
        return is_due(monotonic() - self.asked_at, interval if self.succeeded else retry)

    async def ask(self, resolver: Resolver, deadline: Deadline, method: Method) -> None:
        """Asks once, over a connection of its own."""
        began = perf_counter()
        self.asked_at = monotonic()
        try:
            found = await self._ask(resolver, deadline, method)
        except TargetDown as down:
            self.last = down
        else:
            self.last = found
            self.by_status[cache_status(found.answer.headers)] += 1
        self.seconds = perf_counter() - began

    def collected(self) -> Collected:
        """Its series; a failure is one that the log tells, too."""
        return Collected(
            name=self.resource.name,
            seconds=self.seconds,
            measured=[one for one in self._measured() if one.values],
            fault=self._fault(),
            age=monotonic() - self.asked_at if self.asked_at > -inf else 0.0,
        )

    async def _ask(self, resolver: Resolver, deadline: Deadline, method: Method) -> Found:
        began = perf_counter()
        connection = await HttpReader.open(self.origin, resolver, deadline)
        try:
            connected = perf_counter() - began
            target = self.resource.address.target
            answer = await connection.ask(target, deadline, method=method, headers=_HEADERS, most=_MOST_BODY, cut=True)
            return Found(answer=answer, connect_seconds=connected, certificate_expiry=connection.certificate_expiry)
        finally:
            await connection.close()

    def _fault(self) -> str | None:
        if isinstance(self.last, TargetDown):
            return f"{self.last.reason}: {self.last.cause}; remedy: {self.last.remedy}"
        if self.last is not None and not self.succeeded:
            return f"it answers {self.last.answer.status}; remedy: correct its url, or what stands there"
        return None

    def _measured(self) -> Iterator[Measured]:
        key = (self.resource.name, self.resource.type)
        if self.last is None:
            return
        yield series(CDN_SUCCESS, [(key, float(self.succeeded))])
        yield series(CDN_RESPONSES, [((*key, status), number) for status, number in self.by_status.items()])
        if isinstance(self.last, TargetDown):
            yield series(CDN_FAILURE, [((*key, self.last.reason), 1.0)])
        else:
            yield from _of_answer(key, self.last)


def _of_answer(key: Key, found: Found) -> Iterator[Measured]:
    answer = found.answer
    headers = answer.headers
    yield series(CDN_STATUS, [(key, answer.status)])
    yield series(CDN_CACHE, [((*key, cache_status(headers)), 1.0)])
    yield series(CDN_ENCODING, [((*key, _encoding(headers.get("content-encoding", ""))), 1.0)])
    yield series(CDN_FIRST_BYTE, [(key, answer.first_byte_seconds)])
    yield series(CDN_CONNECT, [(key, found.connect_seconds)])
    yield series(CDN_AGE, _known(key, age(headers)))
    yield series(CDN_BODY_BYTES, _known(key, _size(answer)))
    expiry = found.certificate_expiry
    yield series(CDN_CERTIFICATE_EXPIRY, _known(key, expiry))
    yield series(CDN_CERTIFICATE_LEFT, _known(key, None if expiry is None else expiry - time()))


def _known(key: Key, value: float | None) -> list[Row]:
    return [] if value is None else [(key, value)]


def _size(answer: Answer) -> float | None:
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 16:
        return float(length)
    return float(len(answer.body)) if answer.whole and answer.body else None


def _encoding(header: str) -> str:
    name = header.rpartition(",")[2].strip().lower().removeprefix("x-")
    if not name:
        return "identity"
    return name if name in ENCODING.values else "other"
