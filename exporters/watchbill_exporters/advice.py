"""What an operator can do to see more: said by `--check`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from watchbill.catalogue import Metric
from watchbill_exporters.collector import Key, Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something that is missing, and the line or the step that mends it."""

    subject: str
    cause: str
    remedy: str = ""

    def __str__(self) -> str:
        return self.cause + (f"\n    remedy: {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a probe measured, to be looked up, and the rights that the account lacks."""

    measured: Sequence[Measured] = ()
    lacking: frozenset[str] = field(default_factory=frozenset[str])

    def value(self, metric: Metric, *key: str) -> float | None:
        """The value of one series; None where it was not read."""
        return self.values(metric).get(key)

    def values(self, metric: Metric) -> Mapping[Key, float]:
        """All series of a metric by their label values."""
        found = (one for one in self.measured if one.metric is metric)
        return {key: value for one in found for key, value in zip(one.keys, one.values, strict=True)}


def no_advice(findings: Findings) -> Iterable[Advice]:
    """For kinds that have nothing to advise."""
    del findings
    return ()
