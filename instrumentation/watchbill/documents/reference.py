"""The reference for people, in Markdown: every metric with its kind, unit, labels, size and meaning."""

from collections.abc import Iterable, Iterator, Mapping
from math import prod

from watchbill.catalogue import Histogram, Label, Metric, Recorded, Subject, Synthetic
from watchbill.documents.document import Document, Exposed, Source, source_of
from watchbill.names import Names

COMMAND = "watchbill metrics -o instrumentation/METRICS.md"
_GENERATED = f"<!-- Generated from watchbill.catalogue; do not edit. To renew it: {COMMAND} -->\n"
_TITLE = "# Metrics\n"
_OF_WATCHBILL = "Every metric Watchbill emits, reads or records.\n"
_OF_STACK = "What each service of the stack exposes, under its names.\n"
_ABOUT = """\
A label stands with its values, or with the number of values it may take at most. Series are the most that one target
can expose of a metric: the product of its labels' limits, times a histogram's buckets.
Labels that the scrape adds (`job`, `instance`, `service`, `env`, `dependency`) stand only where a rule keeps them.
"""
_IN_BRACKETS = "In brackets stands a name of the catalogue that the service spells otherwise.\n"
_ABOUT_CONVENTIONS = "Under `Names.opentelemetry()` a metric or label has the name in brackets.\n"
_COLUMNS = "| Metric | Kind | Unit | Labels | Series | From | Meaning |\n|---|---|---|---|---|---|---|"
_FROM: Mapping[Source, str] = {
    "service": "service",
    "exporter": "exporter",
    "rule": "recording rule",
    "prometheus": "Prometheus",
}
_CONVENTIONS = Names.opentelemetry()


def rendered(document: Document) -> str:
    """The reference page of a document: of the catalogue, or of each service of a stack under its names."""
    if not document.services:
        ours = document == Document.of_catalogue()
        head = f"{_GENERATED}\n{_TITLE}\n{_OF_WATCHBILL}{_ABOUT}{_ABOUT_CONVENTIONS}" if ours else f"{_TITLE}\n{_ABOUT}"
        return "\n".join([head, *_subjects(document.subjects, Exposed(service=""), "##")])
    lines = [f"{_TITLE}\n{_OF_STACK}{_ABOUT}{_IN_BRACKETS}"]
    for services in _alike(document.services):
        lines += [f"## {_listed(services)}", ""]
        for one in services:
            own = (Subject(f"Of {one.service} alone", one.metrics),) if one.metrics else ()
            lines += _subjects(own, one, "###")
        lines += _subjects(_of(document.subjects, {"service", "rule"}), services[0], "###")
    others = _of(document.subjects, {"exporter", "prometheus"})
    lines += ["## Beside the services", "", *_subjects(others, Exposed(service="*"), "###")]
    return "\n".join(lines)


def _of(subjects: Iterable[Subject], sources: set[Source]) -> tuple[Subject, ...]:
    """The subjects with what comes from some sources alone."""
    narrowed = (
        Subject(one.title, tuple(metric for metric in one.metrics if source_of(metric) in sources)) for one in subjects
    )
    return tuple(subject for subject in narrowed if subject.metrics)


def _alike(services: Iterable[Exposed]) -> Iterator[tuple[Exposed, ...]]:
    """Services that spell and bound the catalogue's metrics the same way stand together."""
    found: dict[object, list[Exposed]] = {}
    for one in services:
        found.setdefault((one.names, frozenset(one.buckets.items()), frozenset(one.limits.items())), []).append(one)
    yield from map(tuple, found.values())


def _listed(services: Iterable[Exposed]) -> str:
    return ", ".join(f"`{one.service}`" for one in services)


def _subjects(subjects: Iterable[Subject], exposed: Exposed, level: str) -> Iterator[str]:
    for subject in subjects:
        metrics = [exposed.bounded(metric) for metric in subject.metrics]
        yield from (f"{level} {subject.title}", "", _COLUMNS)
        yield from (_row(metric, exposed) for metric in metrics)
        yield ""
        labels = list(dict.fromkeys(label for metric in metrics for label in metric.labels))
        if labels:
            yield from (*(_label(label, exposed) for label in labels), "")


def _row(metric: Metric, exposed: Exposed) -> str:
    names = exposed.names
    cells = (
        _spelled(metric.name, names.metric(metric), "" if exposed.service else _CONVENTIONS.metric(metric)),
        _kind(metric),
        metric.unit.value.replace("_", " ") or "count",
        ", ".join(f"`{names.label(label)}`" for label in metric.labels),
        f"{series_of(metric, exposed)}",
        _FROM[source_of(metric)],
        _meaning(metric),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def series_of(metric: Metric, exposed: Exposed) -> int:
    """The most series of a metric at one target; a histogram has one for each bound, +Inf, sum and count."""
    combinations = prod(exposed.limit(label) for label in metric.labels)
    return combinations * (len(metric.buckets) + 3 if isinstance(metric, Histogram) else 1)


def _spelled(name: str, exposed: str, elsewhere: str) -> str:
    """A name as exposed; in brackets the name that searching for may help: the catalogue's, or the conventions'."""
    other = name if exposed != name else elsewhere
    return f"`{exposed}`" if other in {"", exposed} else f"`{exposed}` (`{other}`)"


def _kind(metric: Metric) -> str:
    if isinstance(metric, Recorded) and not isinstance(metric, Synthetic):
        return "recorded"
    return type(metric).__name__.lower()


def _meaning(metric: Metric) -> str:
    if isinstance(metric, Histogram):
        return f"{metric.help} Buckets: {', '.join(f'{bound:.12g}' for bound in metric.buckets)}."
    return metric.help


def _label(label: Label, exposed: Exposed) -> str:
    values = ", ".join(f"`{value}`" for value in label.values)
    elsewhere = "" if exposed.service else _CONVENTIONS.label(label)
    name = _spelled(label.name, exposed.names.label(label), elsewhere)
    if label.is_closed:
        return f"- {name}: {label.help} One of {values}."
    known = f", such as {values}" if values else ""
    return f"- {name}: {label.help} At most {exposed.limit(label)} values{known}."
