"""Units of a metric's value, each with the way Grafana writes it."""

from enum import Enum


class Unit(Enum):
    """A base unit as Prometheus names end in it; `grafana` is the id of the panel unit."""

    SECONDS = "seconds"
    BYTES = "bytes"
    RATIO = "ratio"
    TIMESTAMP = "timestamp_seconds"
    COUNT = ""
    PER_SECOND = "per_second"
    BOOLEAN = "boolean"

    @property
    def grafana(self) -> str:
        """The panel unit's id in Grafana."""
        return _GRAFANA[self]

    @property
    def per_second(self) -> "Unit":
        """The unit of this value's rate: seconds per second are a ratio."""
        return Unit.RATIO if self is Unit.SECONDS else Unit.PER_SECOND


_GRAFANA = {
    Unit.SECONDS: "s",
    Unit.BYTES: "bytes",
    Unit.RATIO: "percentunit",
    Unit.TIMESTAMP: "dateTimeAsIso",
    Unit.COUNT: "short",
    Unit.PER_SECOND: "ops",
    Unit.BOOLEAN: "bool",
}
