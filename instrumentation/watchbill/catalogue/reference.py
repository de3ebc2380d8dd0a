"""The catalogue as a page for people: `python -m watchbill.catalogue.reference > instrumentation/METRICS.md`."""

import sys
from collections.abc import Iterable, Iterator

from watchbill.catalogue import SUBJECTS, Subject
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Histogram, Metric, Recorded, Synthetic
from watchbill.catalogue.unit import Unit

COMMAND = "python -m watchbill.catalogue.reference > instrumentation/METRICS.md"
_INTRODUCTION = f"""\
<!-- Generated from watchbill.catalogue; do not edit. To renew it: {COMMAND} -->

# Metrics

Every metric Watchbill emits, reads or records.
A label stands with its values, or with the number of values it may take at most.
Labels that the scrape adds (`job`, `instance`, `service`, `env`, `dependency`) stand only where a rule keeps them.
"""


def render_reference(subjects: Iterable[Subject]) -> str:
    """The reference page in Markdown: one table for each subject, its labels below it."""
    return "\n".join([_INTRODUCTION, *("\n".join(_subject(subject)) for subject in subjects)])


def _subject(subject: Subject) -> Iterator[str]:
    yield from (f"## {subject.title}", "", "| Metric | Kind | Unit | Labels | Meaning |", "|---|---|---|---|---|")
    for metric in subject.metrics:
        cells = (f"`{metric.name}`", _kind(metric), _unit(metric.unit), _label_names(metric), _meaning(metric))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
    labels = list(dict.fromkeys(label for metric in subject.metrics for label in metric.labels))
    if labels:
        yield from (*map(_label, labels), "")


def _kind(metric: Metric) -> str:
    if isinstance(metric, Recorded) and not isinstance(metric, Synthetic):
        return "recorded"
    return type(metric).__name__.lower()


def _unit(unit: Unit) -> str:
    return unit.value.replace("_", " ") or "count"


def _label_names(metric: Metric) -> str:
    return ", ".join(f"`{label.name}`" for label in metric.labels)


def _meaning(metric: Metric) -> str:
    if isinstance(metric, Histogram):
        return f"{metric.help} Buckets: {', '.join(f'{bound:.12g}' for bound in metric.buckets)}."
    return metric.help


def _label(label: Label) -> str:
    values = ", ".join(f"`{value}`" for value in label.values)
    if label.is_closed:
        return f"- `{label.name}`: {label.help} One of {values}."
    known = f", such as {values}" if values else ""
    return f"- `{label.name}`: {label.help} At most {label.limit} values{known}."


if __name__ == "__main__":
    sys.stdout.write(render_reference(SUBJECTS))
