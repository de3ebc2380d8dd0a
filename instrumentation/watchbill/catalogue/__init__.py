"""Every metric Watchbill knows, as typed values: one file per subject."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.catalogue import exporter, http, objectives, postgres, process, redis, watching
from watchbill.catalogue.label import DEPENDENCY, ENV, INSTANCE, JOB, LE, SERVICE, Label, Matcher, Origin
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric, Recorded
from watchbill.catalogue.unit import Unit

_SUBJECTS = (http, process, watching, exporter, redis, postgres, objectives)


def _declared() -> dict[str, Metric]:
    metrics = [value for subject in _SUBJECTS for value in vars(subject).values() if isinstance(value, Metric)]
    return {metric.name: metric for metric in metrics}


METRICS: Mapping[str, Metric] = MappingProxyType(_declared())
"""Every metric by its name."""

__all__ = [
    "DEPENDENCY",
    "ENV",
    "INSTANCE",
    "JOB",
    "LE",
    "METRICS",
    "SERVICE",
    "Counter",
    "Gauge",
    "Histogram",
    "Label",
    "Matcher",
    "Metric",
    "Origin",
    "Recorded",
    "Unit",
]
