"""What redis_exporter and postgres_exporter expose, as their own scrapes showed it."""

from dataclasses import dataclass
from pathlib import Path

from watchbill.catalogue import Counter, Gauge, Histogram, Metric

_FOLDER = Path(__file__).parent
REDIS, POSTGRES = "redis_exporter", "postgres_exporter"
PEERS = (REDIS, POSTGRES)
VERSIONS = {REDIS: "1.45 and 1.86", POSTGRES: "0.11.1 and 0.19.1"}
DROPPED_LABELS = frozenset({"server", "err"})
"""Labels that no series of ours has: an address that Prometheus puts into `instance`, and the text of an error."""
_TYPES: dict[type[Metric], str] = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}


@dataclass(frozen=True, slots=True)
class Family:
    """One metric of a peer; `version` says which of its two versions has it."""

    name: str
    type: str
    labels: frozenset[str]
    version: str

    def is_of_the_type_of(self, metric: Metric) -> bool:
        """Whether a metric of ours may stand in this one's place: queries that fit the one fit the other."""
        ours = _TYPES[type(metric)]
        if self.type == "untyped" or (self.type == "gauge" and self.name.endswith("_total")):
            return True
        return ours == ("gauge" if self.type == "summary" else self.type)


def families(peer: str) -> dict[str, Family]:
    """All metrics of a peer by name, every collector and option on."""
    rows = (_FOLDER / f"{peer}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    found = (Family(name, kind, _labels(labels), version) for name, kind, labels, version in map(_cells, rows))
    return {family.name: family for family in found}


def _cells(row: str) -> tuple[str, str, str, str]:
    name, kind, labels, version = row.split("\t")
    return name, kind, labels, version


def _labels(text: str) -> frozenset[str]:
    return frozenset(text.split(",")) - {""} - DROPPED_LABELS
