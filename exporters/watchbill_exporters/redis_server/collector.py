"""Collectors of a Redis server: each reads one subject."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watchbill_exporters.collector import Measured
from watchbill_exporters.redis_server.replies import Replies
from watchbill_exporters.redis_server.request import Request


def _nothing(replies: Replies) -> Iterable[Request]:
    del replies
    return ()


@dataclass(frozen=True, slots=True)
class RedisCollector:
    """One subject: the requests it reads, which go out with those of all others, and what they mean.

    A request that more than one collector reads is sent once. `follow` names what else to ask for once these are
    answered; at the next probe that leaves with the first requests, so that one flight is enough, unless it is never
    the same (`foreseen` is false). Answers of one that `reads_items` may be huge: its requests leave behind all others.
    """

    name: str
    requests: tuple[Request, ...]
    measure: Callable[[Replies], Iterable[Measured]]
    follow: Callable[[Replies], Iterable[Request]] = _nothing
    foreseen: bool = True
    reads_items: bool = False
