"""A token bucket whose decisions are counted."""

from watchbill.catalogue.queue import TOKEN_OUTCOME, TOKENS, TOKENS_AVAILABLE
from watchbill.ground import Ground
from watchbill.queues.poller import Poller
from watchbill.queues.series import QueueSeries
from watchbill.queues.token_bucket import TokenBucket

ACQUIRED, REJECTED = TOKEN_OUTCOME.values


class TokenSeries:
    """The bucket of one queue in one process, and its metrics. Nothing of the counting raises."""

    def __init__(self, ground: Ground, poller: Poller | None, queue: str, rate: float, burst: int) -> None:
        self._bucket = TokenBucket(rate, burst)
        self._faults = ground.faults
        self._poller = poller
        self._readings = ground.readings
        emission = ground.emission
        if emission is None:
            self._outcomes, self._available = None, None
            return
        series = QueueSeries.of(emission)
        name = series.queues.admit(queue, TOKENS) if series is not None else queue
        counter = emission.counter(TOKENS)
        self._outcomes = {outcome: counter.labels(name, outcome) for outcome in TOKEN_OUTCOME.values}
        self._available = emission.gauge(TOKENS_AVAILABLE).labels(name)
        # The scrape tells of this process only; the others write down theirs now and then.
        self._readings.add(self, self._tell)
        if poller is not None:
            poller.add_tick(self, self._tell)

    @property
    def tokens(self) -> float:
        """How many there are now."""
        return self._bucket.tokens

    def take(self) -> bool:
        """Takes one if there is one."""
        return self._counted(self._bucket.take())

    async def wait(self, timeout: float | None) -> bool:  # noqa: ASYNC109  see the bucket
        """Takes one when its turn comes."""
        return self._counted(await self._bucket.wait(timeout))

    def close(self) -> None:
        """Tells of its tokens no more."""
        self._readings.remove(self)
        if self._poller is not None:
            self._poller.remove_tick(self)

    def _counted(self, taken: bool) -> bool:
        try:
            if self._outcomes is not None:
                self._outcomes[ACQUIRED if taken else REJECTED].inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("queues", error)
        return taken

    def _tell(self) -> None:
        if self._available is not None:
            self._available.set(self._bucket.tokens)
