"""Work on messages of a home-made queue: one, or several together."""

from collections.abc import Mapping, Sequence
from time import time
from types import TracebackType
from typing import Self

from watchbill.queues.delivery import Delivery
from watchbill.queues.envelope import ATTEMPT, DUE
from watchbill.queues.traffic import Traffic


class Job:
    """One message while it is worked on, in a `with` or an `async with`.

    It has succeeded when the block ends, and failed when the block raises, which it does all the same. A block that is
    cancelled, or left by what is no Exception, has lost its message.
    """

    __slots__ = (
        "_declared",
        "_delivery",
        "_due",
        "_reason",
        "_traffic",
        "attempt",
        "headers",
        "priority",
        "queue",
        "task",
    )

    def __init__(
        self,
        traffic: Traffic,
        queue: str,
        task: str,
        headers: Mapping[str, str],
        *,
        due: float | None,
        attempt: int,
        priority: str,
    ) -> None:
        self._traffic = traffic
        self._due = due
        self._declared = ""
        self._reason = ""
        self._delivery: Delivery | None = None
        self.queue = queue
        self.task = task
        self.headers = headers
        self.attempt = attempt
        self.priority = priority

    def retry(self, delay: float = 0.0) -> dict[str, str]:
        """The message will come again, `delay` seconds from now at the earliest: send it with the headers returned."""
        self._declared = "retry"
        return {**self.headers, DUE: f"{time() + delay:.6f}", ATTEMPT: str(self.attempt + 1)}

    def dead_letter(self, reason: str) -> None:
        """The message is given up; `reason` is a word or two from the code, not from the message."""
        self._declared, self._reason = "dead", reason

    def begin(self, *, spanned: bool = True) -> None:
        """The work begins; a `with` does this."""
        self._delivery = self._traffic.deliver(
            self.queue,
            self.task,
            self.headers,
            due=self._due,
            attempt=self.attempt,
            priority=self.priority,
            spanned=spanned,
        )

    def end(self, error: BaseException | None) -> None:
        """The work ends; a `with` does this."""
        delivery = self._delivery
        if delivery is None:
            return
        if self._declared == "dead":
            delivery.dead_lettered(self._reason, error)
        elif self._declared:
            delivery.retried(error)
        elif error is None:
            delivery.succeeded()
        elif isinstance(error, Exception):
            delivery.failed(error)
        else:
            delivery.lost()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)

    async def __aenter__(self) -> Self:
        self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)


class JobBatch:
    """Messages that are worked on together, as one `Job` each; what the block does not say of one holds for all.

    They have one span, with a link to each message's trace.
    """

    def __init__(self, traffic: Traffic, queue: str, jobs: Sequence[Job]) -> None:
        self.jobs = jobs
        self._traffic = traffic
        self._queue = queue
        self._span: Delivery | None = None

    def __enter__(self) -> Self:
        self._span = self._traffic.batch(self._queue, [job.headers for job in self.jobs])
        for job in self.jobs:
            job.begin(spanned=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for job in self.jobs:
            job.end(error)
        if self._span is not None:
            if error is None:
                self._span.succeeded()
            else:
                self._span.failed(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
