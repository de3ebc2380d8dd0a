"""The verbs of an Observability for metrics of a team's own."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.instruments.admission import Admission
from watchbill.instruments.counter import OwnCounter
from watchbill.instruments.gauge import OwnGauge
from watchbill.instruments.histogram import OwnHistogram
from watchbill.instruments.instrument import Instrument
from watchbill.own_metrics import clash_of
from watchbill.problem import is_a
from watchbill.report import Entry
from watchbill.service import Service

K = TypeVar("K", bound=Instrument[Any])


class Metering:
    """A metric has one instrument in an Observability, whoever asks. `uninstrument` with the metric ends it.

    Each verb raises InvalidDeclaration for a metric of another kind, one of the catalogue's, and a name that is taken
    in the registry.
    """

    _ground: Ground
    _declared: Service | None
    _instruments: dict[Metric, Instrument[Any]]

    def counter(self, metric: Counter) -> OwnCounter:
        """To increase; series of closed labels stand at zero from now on, so that the first increase is seen."""
        return self._instrument(metric, Counter, OwnCounter, Emission.counter)

    def gauge(self, metric: Gauge) -> OwnGauge:
        """To set, or to be asked for at each scrape."""
        return self._instrument(metric, Gauge, OwnGauge, Emission.gauge)

    def histogram(self, metric: Histogram) -> OwnHistogram:
        """To observe values with; now and then one carries the current sampled span as its exemplar."""
        return self._instrument(metric, Histogram, OwnHistogram, Emission.histogram)

    def _instrument(self, metric: Any, kind: type[Metric], made: type[K], create: Callable[[Emission, Any], Any]) -> K:
        if not is_a(metric, kind):
            raise InvalidDeclaration(f"{metric!r}", [f"it is no {kind.__name__}"])
        found = self._instruments.get(metric)
        if isinstance(found, made):
            return found
        clash = clash_of(metric)
        if clash:
            raise InvalidDeclaration(f"metric {metric.name!r}", clash)
        emission = self._ground.emission
        parent = None if emission is None else create(emission, metric)
        instrument = made(metric, self._ground, parent, Admission(metric, emission))
        if parent is not None and kind is not Gauge:
            instrument.stand_at_zero()
        self._instruments[metric] = instrument
        return instrument

    def _end_instrument(self, target: object) -> bool:
        """Ends the instrument of a metric; whether there was one."""
        found = self._instruments.pop(target, None) if isinstance(target, Metric) else None
        if found is not None:
            found.end()
        return found is not None

    def _entries_of_own(self) -> Iterator[Entry]:
        """What the report says of them, and which of them the stack cannot know."""
        if not self._instruments:
            return
        told = ", ".join(metric.name for metric in self._instruments)
        yield Entry("own metrics", "on" if self._ground.emission else "off", told)
        declared = self._instruments if self._declared is None else self._declared.own_metrics
        unknown = [metric.name for metric in self._instruments if metric not in declared]
        if unknown:
            reason = f"{', '.join(unknown)}: not in metrics= of the Service, so nothing draws or checks them"
            yield Entry("undeclared metrics", "failed", reason)
