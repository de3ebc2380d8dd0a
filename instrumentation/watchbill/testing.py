"""For tests of an application: what it exposes, which spans it makes, which lines it logs.

Everything is asked for by the catalogue's values, so that a test survives a rename.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Self, cast

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import Metric as Family
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,  # pyright: ignore[reportUnknownVariableType]  untyped
)
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Exemplar, Sample

from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.label import LE, Label
from watchbill.catalogue.metric import Histogram, Metric
from watchbill.logs.config import Logging
from watchbill.logs.pipeline import restore
from watchbill.logs.request_line import LOGGER
from watchbill.names import CLASSIC, Names
from watchbill.observability import Observability
from watchbill.traces.ids import ids
from watchbill.traces.tracing import Tracing

_END = "# EOF\n"
_PARSE_OPENMETRICS = cast("Callable[[str], Iterable[Family]]", parse_openmetrics)


@dataclass(frozen=True)
class Exposition:
    """Parsed metrics. `labels` select series by some of their labels, as a selector in PromQL does."""

    samples: tuple[Sample, ...]
    names: Names = CLASSIC

    @classmethod
    def parse(cls, text: str, names: Names = CLASSIC) -> Self:
        """The text of a scrape, in the Prometheus format or OpenMetrics; ValueError when it is neither."""
        parse = _PARSE_OPENMETRICS if text.endswith(_END) else parse_text
        return cls(tuple(sample for family in parse(text) for sample in family.samples), names)

    @classmethod
    def of(cls, observability: Observability) -> Self:
        """What a scrape would return now."""
        return cls.parse(observability.exposition(), observability.names)

    def value(self, metric: Metric, labels: Mapping[Label, object] | None = None) -> float:
        """The sum over the selected series of a counter or gauge; 0 when there is none."""
        return sum(sample.value for sample in self._selected(metric, "", labels))

    def count(self, metric: Histogram, labels: Mapping[Label, object] | None = None) -> float:
        """How many observations the selected series of a histogram hold."""
        return sum(sample.value for sample in self._selected(metric, "_count", labels))

    def total(self, metric: Histogram, labels: Mapping[Label, object] | None = None) -> float:
        """The sum of all observations in the selected series of a histogram, in its unit."""
        return sum(sample.value for sample in self._selected(metric, "_sum", labels))

    def at_most(self, metric: Histogram, bound: float, labels: Mapping[Label, object] | None = None) -> float:
        """How many observations were no larger than a bucket's bound."""
        selected = {**(labels or {}), LE: bound_text(bound)}
        return sum(sample.value for sample in self._selected(metric, "_bucket", selected))

    def values_of(self, metric: Metric, label: Label) -> frozenset[str]:
        """Every value that a label has in the series of a metric."""
        name = self.names.label(label)
        return frozenset(sample.labels[name] for sample in self._series(metric) if name in sample.labels)

    def series(self, metric: Metric, labels: Mapping[Label, object] | None = None) -> int:
        """The number of series; a histogram's are counted without its buckets."""
        return sum(1 for _ in self._selected(metric, _suffix(metric), labels))

    def exemplars(self, metric: Histogram, labels: Mapping[Label, object] | None = None) -> tuple[Exemplar, ...]:
        """The exemplars of a histogram's buckets; only OpenMetrics has them."""
        buckets = self._selected(metric, "_bucket", labels)
        return tuple(sample.exemplar for sample in buckets if sample.exemplar is not None)

    def _series(self, metric: Metric) -> Iterable[Sample]:
        name = self.names.metric(metric) + _suffix(metric)
        return (sample for sample in self.samples if sample.name == name)

    def _selected(self, metric: Metric, suffix: str, labels: Mapping[Label, object] | None) -> Iterable[Sample]:
        name = self.names.metric(metric) + suffix
        wanted = {self.names.label(label): str(value) for label, value in (labels or {}).items()}
        unknown = sorted(label.name for label in (labels or {}) if label not in (*metric.labels, LE))
        if unknown:
            raise KeyError(f"{metric.name} has no label {', '.join(unknown)}")
        return (sample for sample in self.samples if sample.name == name and wanted.items() <= sample.labels.items())


def value(text: str, metric: Metric, labels: Mapping[Label, object] | None = None, *, names: Names = CLASSIC) -> float:
    """The sum over the selected series of a counter or gauge in the text of a scrape; 0 when there is none."""
    return Exposition.parse(text, names).value(metric, labels)


def restore_logging() -> None:
    """Takes out the log configuration of an Observability that a test left instrumented."""
    restore()


def _suffix(metric: Metric) -> str:
    return "_count" if isinstance(metric, Histogram) else ""


class Spans:
    """Keeps finished spans: give `tracing` to an Observability."""

    def __init__(self, ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = Tracing(ratio=ratio, processors=(SimpleSpanProcessor(self._exporter),))

    @property
    def finished(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended, in that order."""
        return self._exporter.get_finished_spans()

    @property
    def ids(self) -> tuple[dict[str, str], ...]:
        """Trace id and span id of each, as log lines and exemplars spell them."""
        contexts = (span.get_span_context() for span in self.finished)
        return tuple(ids(context) for context in contexts if context is not None)


@dataclass(frozen=True)
class Lines:
    """Keeps log lines: give `logging` to an Observability."""

    stream: StringIO = field(default_factory=StringIO)

    @property
    def logging(self) -> Logging:
        """JSON, whatever the environment."""
        return Logging(style="json", stream=self.stream)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every line so far, parsed."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The one line of each request so far."""
        return [event for event in self.events if event.get("logger") == LOGGER]
