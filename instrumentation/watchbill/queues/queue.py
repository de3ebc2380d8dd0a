"""A home-made queue: whatever hands messages on, in this process or elsewhere, and is no library we know."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import iscoroutinefunction
from math import ceil, isfinite
from time import time
from typing import Any, TypeVar, cast

from watchbill.catalogue.queue import PRIORITY as PRIORITY_LABEL
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.queues.envelope import PRIORITY, TASK, Envelope
from watchbill.queues.inside import InsideQueue, Naming, Waiting
from watchbill.queues.job import Job, JobBatch
from watchbill.queues.poller import Poller
from watchbill.queues.source import DEFAULT_PRIORITY, QueueReading
from watchbill.queues.token_series import TokenSeries
from watchbill.queues.traffic import Traffic

SYSTEM = "watchbill"
Q = TypeVar("Q")


class Queue:
    """Says what happens to messages: `sent` and `process`, or `wrap` around a queue object; `token` and `try_token`.

    InvalidDeclaration lists what is wrong with the arguments. It ends with `close`.
    """

    def __init__(
        self,
        ground: Ground,
        name: str,
        *,
        priorities: Sequence[str] = (),
        depth: Callable[[], Mapping[str, int]] | None = None,
        oldest: Callable[[], float] | None = None,
        rate: float = 0,
        burst: int = 0,
    ) -> None:
        faults = _faults(name, priorities, depth, oldest, rate, burst)
        if faults:
            raise InvalidDeclaration(f"queue {name!r}", faults)
        self.name = name
        self._faults = ground.faults
        self._default = DEFAULT_PRIORITY if priorities else ""
        self._traffic = Traffic(ground, SYSTEM)
        self._poller = Poller.of(ground)
        self._inside: list[InsideQueue] = []
        self._readings = ground.readings
        self._wrapped = f"wrapped {name} {id(self)}"
        self._tokens = TokenSeries(ground, self._poller, name, rate, burst or max(ceil(rate), 1)) if rate else None
        if self._traffic.series is not None:
            for priority in priorities:
                self._traffic.series.lane(name, priority)
        self._source = OwnSource(name, priorities, depth, oldest) if depth or oldest else None
        if self._source is not None and self._poller is not None:
            self._poller.add(self._source)

    def sent(self, task: str = "", *, priority: str = "", delay: float = 0.0) -> dict[str, str]:
        """A message is put in: returns headers to keep with it, for `process` in whatever process takes it.

        It is not due before `delay` seconds have passed. The task is the queue's name where none is given.
        """
        task, priority = task or self.name, priority or self._default
        headers = {TASK: task}
        if priority:
            headers[PRIORITY] = priority
        due = time() + delay if delay else None
        self._traffic.send(self.name, task, headers, due=due, priority=priority).sent()
        return headers

    def process(self, message: Any = None, *, task: str = "", priority: str = "", attempt: int = 0) -> Job:
        """Work on a message, for a `with` or an `async with`.

        It is known by its headers, or as the object that a wrapped queue gave. What is given here holds before what
        they say; without headers nothing is known of its wait and trace.
        """
        headers, since = self._headers_of(message)
        envelope = Envelope.read(headers)
        return Job(
            self._traffic,
            self.name,
            task or envelope.task or self.name,
            headers,
            due=since if envelope.due is None else envelope.due,
            attempt=attempt or envelope.attempt,
            priority=priority or envelope.priority or self._default,
        )

    def batch(self, messages: Iterable[Any], *, task: str = "") -> JobBatch:
        """Work on several messages together, each known as for `process`; their number is the batch's size."""
        return JobBatch(self._traffic, self.name, [self.process(message, task=task) for message in messages])

    def wrap(self, queue: Q, *, task: Naming = "", priority: Naming = "") -> Q:
        """Tells of a queue of asyncio or of the module `queue`, which is returned and behaves as before.

        What is put in is sent, what waits is the depth, added up over processes; give what `get` returned to `process`.
        Task and priority are names, or functions of the item. InvalidDeclaration for anything else.
        """
        if InsideQueue.of(queue) is None:
            if self._source is not None:
                fault = "depth= and oldest= are for a queue elsewhere; leave them out to wrap one of this process"
                raise InvalidDeclaration(f"queue {self.name!r}", [fault])

            def send(item: Any) -> Waiting:
                wanted = priority(item) if callable(priority) else priority
                named = task(item) if callable(task) else task
                headers = self.sent(named, priority=wanted)
                return Waiting(headers, time(), headers.get(PRIORITY, DEFAULT_PRIORITY))

            backlog = self._poller.backlog if self._poller is not None else None
            inside = InsideQueue(queue, self.name, send, backlog, self._faults)
            inside.attach()
            self._inside.append(inside)
            # A scrape tells of this process only; the others write down theirs now and then.
            self._readings.add(self, self._tell_oldest)
            if self._poller is not None:
                self._poller.add_tick(self, self._tell_oldest)
        return queue

    def unwrap(self, queue: object) -> None:
        """Ends `wrap`: the queue is as it was."""
        for inside in [one for one in self._inside if one.target is queue]:
            inside.detach()
            self._inside.remove(inside)
        if not self._inside:
            self._readings.remove(self)
            if self._poller is not None:
                self._poller.remove_tick(self)
                self._poller.backlog.withdraw(self._wrapped)

    async def token(self, *, timeout: float | None = None) -> bool:  # noqa: ASYNC109  whether it is worth waiting is known at once
        """Waits for a token of the bucket; False, at once, where none comes within `timeout` seconds.

        InvalidDeclaration where the queue has no rate.
        """
        return await self._bucket().wait(timeout)

    def try_token(self) -> bool:
        """Takes a token if there is one. InvalidDeclaration where the queue has no rate."""
        return self._bucket().take()

    @property
    def tokens(self) -> float:
        """The tokens in the bucket. InvalidDeclaration where the queue has no rate."""
        return self._bucket().tokens

    def close(self) -> None:
        """Reads its depth no more, and lets go of wrapped queues."""
        for inside in list(self._inside):
            self.unwrap(inside.target)
        if self._poller is not None and self._source is not None:
            self._poller.remove(self._source.name)
        if self._tokens is not None:
            self._tokens.close()

    def _bucket(self) -> TokenSeries:
        if self._tokens is None:
            raise InvalidDeclaration(f"queue {self.name!r}", ["it has no token bucket: give rate= and burst="])
        return self._tokens

    def _headers_of(self, message: Any) -> tuple[Mapping[str, str], float | None]:
        for inside in self._inside:
            waiting = inside.taken(message)
            if waiting is not None:
                return waiting.headers, waiting.since
        if is_a(message, Mapping):
            return cast("Mapping[str, str]", message), None
        return {}, None

    def _tell_oldest(self) -> None:
        inside, poller = list(self._inside), self._poller
        if inside and poller is not None:
            poller.backlog.show_oldest(self._wrapped, self.name, max(one.oldest for one in inside))
            if not self._inside:
                # It was unwrapped meanwhile.
                poller.backlog.withdraw(self._wrapped)


class OwnSource:
    """What the application's functions say of its queue."""

    def __init__(
        self,
        name: str,
        priorities: Sequence[str],
        depth: Callable[[], Mapping[str, int]] | None,
        oldest: Callable[[], float] | None,
    ) -> None:
        self.name = f"queue {name}"
        self.queues = (name,)
        self._priorities = priorities
        self._depth = depth
        self._oldest = oldest

    def read(self) -> list[QueueReading]:
        """Asks both."""
        depth = dict.fromkeys(self._priorities, 0)
        if self._depth is not None:
            depth.update(self._depth())
        oldest = self._oldest() if self._oldest is not None else None
        return [QueueReading(queue=self.queues[0], depth=depth, oldest=oldest)]

    def close(self) -> None:
        """It has no connections of ours."""


def _faults(name: object, priorities: object, depth: object, oldest: object, rate: object, burst: object) -> list[str]:
    found: list[str] = []
    if not (isinstance(name, str) and name.strip()):
        found.append("give a name, such as 'reviews'")
    words = tuple(cast("Iterable[object]", priorities)) if is_a(priorities, Iterable) else ()
    if is_a(priorities, str) or not is_a(priorities, Iterable):
        found.append(f"priorities={priorities!r}: give several names, such as ('high', 'normal')")
    elif not all(isinstance(word, str) and word.strip() for word in words):
        found.append(f"priorities={words!r}: give names, such as ('high', 'normal')")
    elif len(set(words)) != len(words) or len(words) >= PRIORITY_LABEL.limit:
        found.append(f"priorities: give each once, and fewer than {PRIORITY_LABEL.limit}")
    for label, function in (("depth", depth), ("oldest", oldest)):
        if function is not None and (not callable(function) or iscoroutinefunction(function)):
            found.append(f"{label}={function!r}: give a plain function; it is called in a thread of its own")
    if not _is_number(rate):
        found.append(f"rate={rate!r}: give tokens per second, 0 for no bucket")
    if not (is_a(burst, int) and _is_number(burst)):
        found.append(f"burst={burst!r}: give how many tokens the bucket holds")
    elif burst and not rate:
        found.append("burst without rate: give tokens per second too")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
