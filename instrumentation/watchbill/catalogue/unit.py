"""Units of a metric's value, each with the way Grafana writes it."""

from enum import Enum


class Unit(Enum):
    """A base unit as Prometheus names end in it; `grafana` is the id of the panel unit."""

    SECONDS = "seconds"
    BYTES = "bytes"
    RATIO = "ratio"
    TIMESTAMP = "timestamp_seconds"
    COUNT = ""
    REQUESTS = "requests"
    PER_SECOND = "per_second"
    REQUESTS_PER_SECOND = "requests_per_second"
    BYTES_PER_SECOND = "bytes_per_second"
    BOOLEAN = "boolean"

    @property
    def grafana(self) -> str:
        """The panel unit's id in Grafana."""
        return _GRAFANA[self]

    @property
    def per_second(self) -> "Unit":
        """The unit of this value's rate: seconds per second are a ratio."""
        return _RATES.get(self, Unit.PER_SECOND)

    def divided_by(self, other: "Unit") -> "Unit":
        """The unit of a quotient: equal units make a ratio, bytes per second over events per second are bytes."""
        if self is other or _DIMENSIONS.get(self, self) == _DIMENSIONS.get(other):
            return Unit.RATIO
        seconds, size = _DIMENSIONS.get(self, (0, 0))
        other_seconds, other_size = _DIMENSIONS.get(other, (0, 0))
        return _OF_DIMENSIONS.get((seconds - other_seconds, size - other_size), self)


_GRAFANA = {
    Unit.SECONDS: "s",
    Unit.BYTES: "bytes",
    Unit.RATIO: "percentunit",
    Unit.TIMESTAMP: "dateTimeAsIso",
    Unit.COUNT: "short",
    Unit.REQUESTS: "short",
    Unit.PER_SECOND: "ops",
    Unit.REQUESTS_PER_SECOND: "reqps",
    Unit.BYTES_PER_SECOND: "Bps",
    Unit.BOOLEAN: "bool",
}
_RATES = {
    Unit.SECONDS: Unit.RATIO,
    Unit.BYTES: Unit.BYTES_PER_SECOND,
    Unit.REQUESTS: Unit.REQUESTS_PER_SECOND,
}
# Exponents of second and byte; what is not here has no dimension.
_DIMENSIONS = {
    Unit.SECONDS: (1, 0),
    Unit.BYTES: (0, 1),
    Unit.REQUESTS_PER_SECOND: (-1, 0),
    Unit.PER_SECOND: (-1, 0),
    Unit.BYTES_PER_SECOND: (-1, 1),
}
_OF_DIMENSIONS = {dimensions: unit for unit, dimensions in _DIMENSIONS.items()}
