"""What an exposition says, read by Prometheus' own parser."""

from collections.abc import Iterable, Mapping
from typing import cast

from prometheus_client import Metric as ClientFamily
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,  # pyright: ignore[reportUnknownVariableType]  # untyped there
)
from prometheus_client.parser import text_string_to_metric_families

from watchbill.catalogue import Label, Metric


def samples(text: str) -> Mapping[tuple[str, tuple[str, ...]], float]:
    """Values by series name and label values, labels in the order of their names."""
    found: dict[tuple[str, tuple[str, ...]], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name
            if f"# TYPE {name.removesuffix('_total')} counter\n" in text:
                # The parser adds _total to counters of older exporters; Prometheus does not.
                name = name.removesuffix("_total")
            key = (name, tuple(sample.labels[name] for name in sorted(sample.labels)))
            assert key not in found, f"{key} stands twice"
            found[key] = sample.value
    return found


def values(text: str, metric: Metric) -> list[float]:
    """The values of all series of a metric."""
    return [one for (name, _), one in samples(text).items() if name == metric.name]


def names(text: str) -> set[str]:
    """The names of all series."""
    return {name for name, _ in samples(text)}


def value(text: str, metric: Metric, *labels: str) -> float | None:
    """One series' value, by label values in the order of the label names; None when it is absent."""
    return samples(text).get((metric.name, labels))


def selected(text: str, metric: Metric, labels: Mapping[Label, str]) -> list[float]:
    """The values of a metric's series with these values among their labels."""
    known = sorted(label.name for label in metric.labels)
    wanted = {label.name: value for label, value in labels.items()}.items()
    return [
        number
        for (name, values), number in samples(text).items()
        if name == metric.name and wanted <= dict(zip(known, values, strict=True)).items()
    ]


def openmetrics_names(text: str) -> set[str]:
    """The names of all families of an OpenMetrics text; raises ValueError where it is none."""
    families = cast("Iterable[ClientFamily]", parse_openmetrics(text))  # type: ignore[no-untyped-call]  # untyped there
    return {family.name for family in families}
