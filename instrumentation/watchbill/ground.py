"""What every integration stands on: where its numbers, spans and errors go."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from weakref import WeakMethod

from opentelemetry.trace import TracerProvider
from prometheus_client import Metric as ClientFamily
from prometheus_client.registry import Collector

from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.traces.calls import Calls
from watchbill.traces.deliveries import Deliveries

Reader = Callable[[], Callable[[], None] | None]


class Readings(Collector):
    """Gauges that are read when they are asked for: what reads them runs in each scrape of this process, never else."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._readers: dict[int, Reader] = {}

    def add(self, key: object, read: Callable[[], None]) -> None:
        """Calls `read`, which sets gauges and must be quick, at every scrape until the key is removed.

        A method of the key itself does not keep it alive, and ends with it.
        """
        name = id(key)
        if getattr(read, "__self__", None) is key:
            with suppress(TypeError):
                self._readers[name] = WeakMethod(read, lambda _: self._forget(name))
                return
        self._readers[name] = partial(_pair, read, key)

    def remove(self, key: object) -> None:
        """Ends it."""
        self._forget(id(key))

    def _forget(self, name: int) -> None:
        self._readers.pop(name, None)

    def describe(self) -> Iterator[ClientFamily]:
        """No family of its own."""
        yield from ()

    def collect(self) -> Iterator[ClientFamily]:
        """Reads everything; the numbers are in their gauges."""
        for reader in list(self._readers.values()):
            try:
                read = reader()
                if read is not None:
                    read()
            except Exception as error:  # noqa: BLE001  never into the scrape
                self._faults.report("readings", error)
        yield from ()


def _pair(read: Callable[[], None], _key: object) -> Callable[[], None]:
    """The reader; its key is kept beside it, so that no other object takes its place under the same id."""
    return read


@dataclass(frozen=True, slots=True)
class Ground:
    """Of one Observability. Without an emission no metrics are kept, without calls and deliveries no spans made."""

    service: str
    faults: Faults
    emission: Emission | None
    readings: Readings
    calls: Calls | None
    deliveries: Deliveries | None

    @classmethod
    def of(
        cls,
        service: str,
        faults: Faults,
        emission: Emission | None,
        provider: Callable[[], TracerProvider] | None,
    ) -> "Ground":
        """That of an Observability; its readings stand in its registry."""
        readings = Readings(faults)
        if emission is not None:
            emission.registry.register(readings)
        return cls(
            service=service,
            faults=faults,
            emission=emission,
            readings=readings,
            calls=None if provider is None else Calls(provider),
            deliveries=None if provider is None else Deliveries(provider),
        )
