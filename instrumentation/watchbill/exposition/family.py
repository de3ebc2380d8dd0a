"""What is exposed: families of samples, whoever measured them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from prometheus_client import Metric as ClientFamily
from prometheus_client.samples import Exemplar
from prometheus_client.samples import Sample as ClientSample

from watchbill.catalogue.metric import Counter, Gauge, Metric
from watchbill.exposition.notation import legal

Kind = Literal["counter", "gauge", "histogram", "summary", "unknown"]
# What prometheus-client's kinds become, what their full name adds, and what their samples may add to that.
_KINDS: dict[str, tuple[Kind, str, frozenset[str]]] = {
    "counter": ("counter", "_total", frozenset({""})),
    "gauge": ("gauge", "", frozenset({""})),
    "histogram": ("histogram", "", frozenset({"_bucket", "_sum", "_count"})),
    "summary": ("summary", "", frozenset({"", "_sum", "_count"})),
    "info": ("gauge", "_info", frozenset({""})),
    "stateset": ("gauge", "", frozenset({""})),
}
_UNKNOWN: tuple[Kind, str, frozenset[str]] = ("unknown", "", frozenset({""}))
_CREATED = frozenset({"counter", "histogram", "summary"})


class Sample(NamedTuple):
    """One line: what follows the family's name (`_bucket`), label names and values, and the value."""

    suffix: str
    names: Sequence[str]
    values: Sequence[str]
    value: float
    exemplar: Exemplar | None = None


class Family(NamedTuple):
    """A metric's samples under its full name, `_total` included."""

    name: str
    kind: Kind
    help: str
    samples: Sequence[Sample]

    @classmethod
    def of(cls, metric: Metric, rows: Iterable[tuple[Sequence[str], float]]) -> "Family":
        """A catalogue metric (counter or gauge) with rows of label values, in the order of its labels, and values."""
        names = tuple(label.name for label in metric.labels)
        kind: Kind = "counter" if isinstance(metric, Counter) else "gauge" if isinstance(metric, Gauge) else "unknown"
        return cls(metric.name, kind, metric.help, [Sample("", names, values, value) for values, value in rows])


def client_families(collected: Iterable[ClientFamily]) -> Iterator[Family]:
    """prometheus-client's families, without the `_created` series that nobody asked for.

    An info becomes a gauge, as in the text format; samples that do not belong to their family's kind become families
    of their own. Names beyond letters, digits and underscores get underscores.
    """
    for family in collected:
        kind, suffix, endings = _KINDS.get(family.type, _UNKNOWN)
        full_name = family.name + suffix
        members: dict[str, list[Sample]] = {full_name: []}
        for sample in family.samples:
            if sample.name == f"{family.name}_created" and kind in _CREATED:
                continue
            belongs = sample.name.startswith(full_name) and sample.name[len(full_name) :] in endings
            name = full_name if belongs else sample.name
            members.setdefault(name, []).append(_sample(sample, sample.name[len(name) :]))
        for name, samples in members.items():
            if samples or len(members) == 1:
                own_kind = kind if name == full_name else "unknown"
                yield Family(legal(name), own_kind, family.documentation, samples)


def _sample(sample: ClientSample, suffix: str) -> Sample:
    names = tuple(legal(name) for name in sample.labels)
    return Sample(suffix, names, tuple(sample.labels.values()), sample.value, sample.exemplar)
