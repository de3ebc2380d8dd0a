"""What a page shows: the numbers in the store, and what the other collectors of the registry say."""

from collections.abc import Iterator, Sequence
from threading import Lock
from time import perf_counter

from prometheus_client import Metric as ClientFamily
from prometheus_client.core import InfoMetricFamily
from prometheus_client.registry import CollectorRegistry

from watchbill.catalogue.exposition import COLLECTOR_NAME, COLLECTOR_SUCCESS, SCRAPE_DURATION
from watchbill.catalogue.metric import Metric
from watchbill.exposition.collecting import Collected, Collecting
from watchbill.exposition.encode import END, OPENMETRICS, pieces
from watchbill.exposition.family import Family, Sample, client_families
from watchbill.exposition.renderer import Renderer
from watchbill.fault import Faults
from watchbill.guard import Guard
from watchbill.names import Names
from watchbill.store.adoption import foreign
from watchbill.store.store import Store


class Source:
    """Renders pages, in whichever thread asks; from several threads, the store's part is rendered one by one."""

    def __init__(self, registry: CollectorRegistry, store: Store, names: Names, faults: Faults) -> None:
        self._registry = registry
        self._store = store
        self._names = names
        self._faults = faults
        self._collecting = Collecting(faults)
        self._renderer = Renderer(lambda error: faults.report("exposition", error))
        self._guard = Guard(COLLECTOR_NAME)
        self._lock = Lock()
        self._last = 0.0

    def pieces(self, content_type: str, deadline: float) -> Iterator[bytes]:
        """The page, in pieces of some hundred lines; a collector that does not answer until the deadline is absent."""
        began = perf_counter()
        openmetrics = content_type == OPENMETRICS
        collected = self._collecting.ask(foreign(self._registry), deadline)
        snapshot = self._store.snapshot()
        with self._lock:
            yield from self._renderer.pieces(snapshot, openmetrics=openmetrics)
        taken = set(snapshot.families)
        for one in (Collected("target_info", self._target_info(), expected=False), *collected):
            yield from self._encoded(one, taken, openmetrics=openmetrics)
        for piece in pieces(self._own(collected), openmetrics=openmetrics):
            yield piece.encode()
        if openmetrics:
            yield END.encode()
        self._last = perf_counter() - began

    def _encoded(self, collected: Collected, taken: set[str], *, openmetrics: bool) -> Iterator[bytes]:
        """A collector's families; none of them where one cannot be written."""
        try:
            families = list(client_families(collected.families or ()))
            found: list[bytes] = []
            for piece in pieces(self._free(families, collected.name, taken), openmetrics=openmetrics):
                found.append(piece.encode())
                yield b""
        except Exception as error:  # noqa: BLE001  a collector of the application's may give anything
            error.add_note(f"What the collector {collected.name} says cannot be written.")
            self._faults.report("exposition", error)
            return
        yield from found

    def _free(self, families: Sequence[Family], collector: str, taken: set[str]) -> Iterator[Family]:
        """Families whose name is not on the page yet: a scraper refuses a page that has one twice."""
        for family in families:
            if family.name in taken:
                message = f"the collector {collector} has {family.name!r}, which another has too; it is left out"
                self._faults.report("exposition", ValueError(message))
                continue
            taken.add(family.name)
            yield family

    def _own(self, collected: Sequence[Collected]) -> Iterator[Family]:
        outcomes: dict[str, bool] = {}
        for one in collected:
            if one.expected or one.families is None:
                name = self._guard.admit(one.name)
                outcomes[name] = outcomes.get(name, True) and one.families is not None
        rows = [((name,), float(succeeded)) for name, succeeded in outcomes.items()]
        if rows:
            yield self._family(COLLECTOR_SUCCESS, rows)
        if self._last:
            yield self._family(SCRAPE_DURATION, [((), self._last)])

    def _family(self, metric: Metric, rows: Sequence[tuple[tuple[str, ...], float]]) -> Family:
        labels = tuple(self._names.label(label) for label in metric.labels)
        samples = [Sample("", labels, values, value) for values, value in rows]
        return Family(self._names.metric(metric), "gauge", metric.help, samples)

    def _target_info(self) -> list[ClientFamily]:
        info = self._registry.get_target_info()
        return [InfoMetricFamily("target", "Target metadata", value=info)] if info else []
