"""PromQL written by hand, tied to the metrics it reads."""

import re
from dataclasses import dataclass

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Histogram, Metric
from watchbill.catalogue.unit import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression.node import Expression
from watchbill.names import CLASSIC, Names

_TOKEN = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|([a-zA-Z_:][a-zA-Z0-9_:]*)""")
_SUFFIXES = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True, eq=False)
class Raw(Expression):
    """PromQL text in catalogue names, the metrics it reads, and the labels and unit of its result.

    Names of those metrics and of their labels follow a names profile; everything else stands as written.
    Raises InvalidDeclaration when the text does not mention a metric it is said to read.
    """

    text: str
    reads: tuple[Metric, ...]
    carries: frozenset[Label] = frozenset()
    measured_in: Unit = Unit.COUNT

    def __post_init__(self) -> None:
        words = {match.group(2) for match in _TOKEN.finditer(self.text)}
        missing = [metric.name for metric in self.reads if words.isdisjoint(_spellings(metric))]
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
            renamed |= {name: names.metric(metric) + name[len(metric.name) :] for name in _spellings(metric)}
        return _TOKEN.sub(lambda token: token[1] or renamed.get(token[2], token[2]), self.text)


def _spellings(metric: Metric) -> tuple[str, ...]:
    suffixes = _SUFFIXES if isinstance(metric, Histogram) else ("",)
    return tuple(metric.name + suffix for suffix in suffixes)
