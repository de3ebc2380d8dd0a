"""Requests that leave together: one packet, one round trip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from watchbill_exporters.redis_server.request import Request, encoded

_SWITCH = "SELECT"


@dataclass(frozen=True, slots=True)
class Flight:
    """Requests in the order of their replies, and their bytes.

    Requests of a part for one numbered database stand together behind a SELECT; its last one returns to database 0.
    """

    requests: tuple[Request, ...]
    packet: bytes

    @classmethod
    def of(cls, *parts: Iterable[Request]) -> "Flight":
        """The parts one behind the other; each request once, those of a part for database 0 first."""
        ordered, seen = list[Request](), set[Request]()
        for part in parts:
            wanted = [request for request in dict.fromkeys(part) if request not in seen]
            ordered += _by_database(wanted)
            seen.update(wanted)
        return cls(tuple(ordered), b"".join(encoded(request.command) for request in ordered))


def _by_database(requests: Iterable[Request]) -> Iterator[Request]:
    by_database: dict[int, list[Request]] = {0: []}
    for request in requests:
        by_database.setdefault(request.database, []).append(request)
    for database, wanted in by_database.items():
        if database:
            yield Request((_SWITCH, str(database)), database)
        yield from wanted
    if len(by_database) > 1:
        yield Request((_SWITCH, "0"))


def is_switch(request: Request) -> bool:
    """Whether a request only changes the database of those behind it."""
    return request.command[0] == _SWITCH
