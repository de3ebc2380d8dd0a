"""Collectors: each reads one subject of a target, and fails alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from watchbill.catalogue import Metric
from watchbill.exposition import Family

_LONGEST_VALUE = 256

Row = tuple[Sequence[str], float]


class Measured(NamedTuple):
    """What was read of one metric: rows of label values, in the order of its labels, and values."""

    metric: Metric
    rows: Sequence[Row]


def single(metric: Metric, value: float) -> Measured:
    """A metric without labels."""
    return Measured(metric, [((), value)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One collector's outcome: its families, or the fault that left them out."""

    name: str
    seconds: float
    families: Sequence[Family] = ()
    fault: str | None = None
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a probe of a target that is up has read. `intact` says whether its connection may be kept."""

    ping_seconds: float
    collected: Sequence[Collected]
    intact: bool = True


def collected(name: str, seconds: Callable[[], float], measure: Callable[[], Iterable[Measured]]) -> Collected:
    """Runs a collector's interpretation: whatever it raises is its own fault and touches no other collector."""
    try:
        bounded = [_bounded(measured) for measured in measure()]
    except Exception as error:  # noqa: BLE001  # a target may send anything; the other collectors go on
        return Collected(name=name, seconds=seconds(), fault=f"{type(error).__name__}: {error}")
    families = [family for family, _ in bounded if family.samples]
    return Collected(name=name, seconds=seconds(), families=families, dropped=sum(dropped for _, dropped in bounded))


def _bounded(measured: Measured) -> tuple[Family, int]:
    """The family with at most as many series as the catalogue allows, each once, and how many rows were dropped."""
    unique: dict[tuple[str, ...], float] = {}
    for values, value in measured.rows:
        unique.setdefault(tuple(text[:_LONGEST_VALUE] for text in values), value)
    kept = islice(unique.items(), measured.metric.series_limit)
    family = Family.of(measured.metric, kept)
    return family, len(measured.rows) - len(family.samples)
