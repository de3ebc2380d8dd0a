"""A group of rules, evaluated in order at one moment."""

from dataclasses import dataclass

from watchbill_alerts.alert import Alert
from watchbill_alerts.recording import Recording


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that feed each other, in order; `interval` in seconds, None for Prometheus' own."""

    name: str
    rules: tuple[Recording | Alert, ...]
    interval: float | None = None

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerting rules among them."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))
