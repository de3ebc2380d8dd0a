"""A document as JSON, one metric a line, so that a difference of two versions reads by the line."""

import json
from typing import cast

from watchbill.catalogue import Histogram, Label, Metric, Origin
from watchbill.documents.document import Document, Exposed, source_of

VERSION = 1
"""Raised when a reader of the former version would misread the new one; new keys alone do not raise it."""

FLAGS = ("community_name", "latest", "highest")
"""Properties of some kinds of metric that stand only where they are true."""
_ONE_LINE = frozenset({"kind", "label"})


def encoded(document: Document) -> str:
    """The document's JSON, keys in a fixed order, the same bytes every time."""
    content = {
        "version": VERSION,
        "subjects": [
            {"title": subject.title, "metrics": [metric_entry(metric) for metric in subject.metrics]}
            for subject in document.subjects
        ],
        "services": [_service(exposed) for exposed in document.services],
    }
    return _laid_out(content) + "\n"


def metric_entry(metric: Metric) -> dict[str, object]:
    """A metric as an entry of the document; what is at its default is left out."""
    entry: dict[str, object] = {
        "name": metric.name,
        "kind": type(metric).__name__.lower(),
        "unit": metric.unit.value,
        "help": metric.help,
        "source": source_of(metric),
    }
    if isinstance(metric, Histogram):
        entry["buckets"] = [_number(bound) for bound in metric.buckets]
    entry |= flags_of(metric)
    if metric.at_most:
        entry["at_most"] = metric.at_most
    entry["series_limit"] = metric.series_limit
    entry["labels"] = [label_entry(label) for label in metric.labels]
    return entry


def flags_of(metric: Metric) -> dict[str, object]:
    """Those of the flags that a metric has."""
    return {key: True for key in FLAGS if getattr(metric, key, False)}


def label_entry(label: Label) -> dict[str, object]:
    """A label as an entry of a metric."""
    entry: dict[str, object] = {"name": label.name, "help": label.help}
    if label.values:
        entry["values"] = list(label.values)
    if label.bound:
        entry["bound"] = label.bound
    if label.origin is not Origin.CODE:
        entry["origin"] = label.origin.value
    return entry


def _service(exposed: Exposed) -> dict[str, object]:
    return {
        "name": exposed.service,
        "names": {
            "metrics": dict(exposed.names.metrics),
            "labels": [{"label": _label_key(old), "becomes": new} for old, new in exposed.names.labels.items()],
        },
        "buckets": {name: [_number(bound) for bound in bounds] for name, bounds in exposed.buckets.items()},
        "label_limits": [{"label": _label_key(label), "limit": limit} for label, limit in exposed.limits.items()],
        "metrics": [metric_entry(metric) for metric in exposed.metrics],
    }


def _label_key(label: str | Label) -> str | dict[str, object]:
    """A name stands for every label of that name, an entry for that label alone."""
    return label if isinstance(label, str) else label_entry(label)


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _laid_out(value: object, indent: str = "") -> str:
    inner = indent + "  "
    value = cast("dict[str, object] | list[object] | str", value)
    if isinstance(value, dict) and value and not value.keys() & _ONE_LINE:
        entries = [f"{inner}{json.dumps(key)}: {_laid_out(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(inner + _laid_out(one, inner) for one in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
