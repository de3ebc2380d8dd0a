"""PromQL written by hand, tied to the metrics it reads."""

import re
from dataclasses import dataclass
from typing import ClassVar

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Metric
from watchbill.catalogue.unit import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression.node import Expression
from watchbill.names import CLASSIC, Names

_TOKEN = re.compile(
    r"""
    (   "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*`   # strings
    |   \#[^\n]*                                         # comments
    |   \$\{[^}]*\} | \$\w+                              # Grafana's variables
    |   [0-9][\w.]*                                      # numbers and durations
    )
    |   ([a-zA-Z_:][a-zA-Z0-9_:]*)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Raw(Expression):
    """PromQL text in catalogue names, the metrics it reads, and the labels and unit of its result.

    Names of those metrics and of their labels follow a names profile; everything else, such as strings, comments
    and Grafana's variables, stands as written.
    Raises InvalidDeclaration when the text does not mention a metric it is said to read.
    """

    compound: ClassVar[bool] = True

    text: str
    reads: tuple[Metric, ...]
    carries: frozenset[Label] = frozenset()
    measured_in: Unit = Unit.COUNT

    def __post_init__(self) -> None:
        words = {match.group(2) for match in _TOKEN.finditer(self.text)}
        missing = [metric.name for metric in self.reads if words.isdisjoint(metric.series)]
        if missing:
            raise InvalidDeclaration("raw PromQL", [f"it does not mention {name}" for name in missing])

    @property
    def labels(self) -> frozenset[Label]:
        return self.carries

    @property
    def unit(self) -> Unit:
        return self.measured_in

    def promql(self, names: Names = CLASSIC) -> str:
        renamed = {label.name: names.label(label) for metric in self.reads for label in metric.labels}
        for metric in self.reads:
            renamed |= {metric.name + suffix: names.metric(metric) + suffix for suffix in metric.suffixes}
        return _TOKEN.sub(lambda token: token[1] or renamed.get(token[2], token[2]), self.text)
