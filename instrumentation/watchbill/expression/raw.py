"""PromQL written by hand, tied to the metrics it reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from watchbill.catalogue import METRICS
from watchbill.catalogue.label import LE, TARGET_LABELS, Label
from watchbill.catalogue.metric import Metric, Recorded
from watchbill.catalogue.unit import Unit
from watchbill.expression.node import Expression
from watchbill.expression.token import Token, tokens
from watchbill.names import CLASSIC, Names


@dataclass(frozen=True, slots=True, eq=False)
class Raw(Expression):
    """PromQL text in catalogue names, and the labels and unit of its result.

    What it reads is found in the text, among the catalogue and the metrics of `among`, unless `reads` says it. Names of
    those metrics and of their labels follow a names profile; everything else, such as strings, comments and Grafana's
    variables, stands as written. Without `carries`, its labels are all that what it reads can have.
    """

    compound: ClassVar[bool] = True

    text: str
    reads: tuple[Metric, ...] | None = None
    carries: frozenset[Label] | None = None
    measured_in: Unit = Unit.COUNT
    among: tuple[Metric, ...] = ()

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics it reads; a word that is none of a metric's series is not among them."""
        if self.reads is not None:
            return self.reads
        own = _by_series(self.among)
        named = (token.text for token in tokens(self.text) if token.role == "metric")
        found = (own.get(name) or _of_catalogue().get(name) for name in named)
        return tuple(dict.fromkeys(metric for metric in found if metric is not None))

    @property
    def labels(self) -> frozenset[Label]:
        if self.carries is not None:
            return self.carries
        return frozenset(label for metric in self.metrics for label in _labels_of(metric))

    @property
    def unit(self) -> Unit:
        return self.measured_in

    def promql(self, names: Names = CLASSIC) -> str:
        if names.renames_nothing and "#" not in self.text:
            return self.text
        read = self.metrics
        renaming = _Renaming(names, _by_series(read), read)
        pieces = tokens(self.text)
        # What follows a comment on its line, such as a bracket, would be part of it.
        end = "\n" if pieces and pieces[-1].text.startswith("#") else ""
        return "".join(renaming.of(token) for token in pieces) + end


@dataclass(frozen=True, slots=True)
class _Renaming:
    names: Names
    series: Mapping[str, Metric]
    read: tuple[Metric, ...]

    def of(self, token: Token) -> str:
        """The token under the names profile."""
        if token.role == "metric" and token.text in self.series:
            metric = self.series[token.text]
            return self.names.metric(metric) + token.text[len(metric.name) :]
        if token.role == "label":
            return self._label(token)
        return token.text

    def _label(self, token: Token) -> str:
        """Under the metric whose braces it stands in; elsewhere under the first that has another name for it."""
        here = self.series.get(token.selector)
        read = self.read if not token.selector else () if here is None else (here,)
        labels = dict.fromkeys(label for metric in read for label in metric.labels if label.name == token.text)
        renamed = (self.names.label(label) for label in labels)
        return next((name for name in renamed if name != token.text), token.text)


def _by_series(metrics: Iterable[Metric]) -> dict[str, Metric]:
    return {series: metric for metric in metrics for series in metric.series}


@cache
def _of_catalogue() -> Mapping[str, Metric]:
    return _by_series(METRICS.values())


def _labels_of(metric: Metric) -> tuple[Label, ...]:
    if isinstance(metric, Recorded):
        return metric.labels
    buckets = (LE,) if "_bucket" in metric.suffixes else ()
    return (*metric.labels, *buckets, *TARGET_LABELS)
