"""What the exporter says about itself."""

import platform
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from prometheus_client import ProcessCollector

from watchbill import __version__
from watchbill.catalogue.exporter import EXPORTER_PROBES, EXPORTER_PROBES_IN_PROGRESS
from watchbill.catalogue.process import BUILD_INFO
from watchbill.exposition import Family, client_families


class OwnState:
    """Counts probes, and reads this process."""

    def __init__(self) -> None:
        self._answered = 0
        self._in_progress = 0
        self._process = ProcessCollector(registry=None)

    @contextmanager
    def probing(self) -> Generator[None]:
        """Counts one probe, while it runs and once it is answered."""
        self._in_progress += 1
        try:
            yield
            self._answered += 1
        finally:
            self._in_progress -= 1

    def families(self) -> Iterator[Family]:
        """The exporter's own metrics."""
        yield Family.of(BUILD_INFO, [((__version__, "", platform.python_version()), 1.0)])
        yield Family.of(EXPORTER_PROBES, [((), self._answered)])
        yield Family.of(EXPORTER_PROBES_IN_PROGRESS, [((), self._in_progress)])
        yield from client_families(self._process.collect())
