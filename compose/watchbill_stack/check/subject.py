"""What `watchbill uses` is asked about: a metric, of it a label, of that a value."""

import re
from dataclasses import dataclass

from watchbill.catalogue.metric import Metric
from watchbill.errors import WatchbillError
from watchbill.flow.family import Family
from watchbill.names import Names

_SHAPE = re.compile(
    r"""
    \s* (?P<metric> [a-zA-Z_:][\w:]* ) \s*
    (?: \{ \s* (?P<label> [a-zA-Z_]\w* ) \s* (?: = \s* (?P<quote> ["']? ) (?P<value> [^"']* ) (?P=quote) )? \s* \} )?
    \s*
    """,
    re.VERBOSE,
)


class WrongSubject(WatchbillError, ValueError):
    """A text asks for no metric."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Names are the catalogue's or exposed ones; without a label the whole metric is meant."""

    metric: str
    label: str = ""
    value: str | None = None

    @classmethod
    def of(cls, text: str) -> "Subject":
        """From `METRIC`, `METRIC{label}` or `METRIC{label="value"}`; raises WrongSubject for anything else."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise WrongSubject(f'{text!r} is no metric; write METRIC, METRIC{{label}} or METRIC{{label="value"}}')
        value = found["value"].strip() if found["quote"] == "" else found["value"]
        return cls(found["metric"], found["label"] or "", value)

    def __str__(self) -> str:
        if not self.label:
            return self.metric
        value = "" if self.value is None else f'="{self.value}"'
        return f"{self.metric}{{{self.label}{value}}}"

    def is_named(self, series: str, family: Family | None, names: Names) -> bool:
        """Whether a series is of the metric: in its exposed spelling, or in the catalogue's."""
        if series == self.metric:
            return True
        metric = None if family is None else family.metric
        if metric is None:
            return False
        suffix = series.removeprefix(names.metric(metric))
        return self.metric in {metric.name, metric.name + suffix, names.metric(metric)}

    def labels(self, metric: Metric | None, names: Names) -> frozenset[str]:
        """The spellings of the label under a names profile; none where a whole metric is meant."""
        if not self.label:
            return frozenset()
        declared = {one for one in (() if metric is None else metric.labels) if one.name == self.label}
        return frozenset({self.label, *(names.label(one) for one in declared)})
