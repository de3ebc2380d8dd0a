"""Which alerts silence which: a cause its symptoms, a fast burn a slow one, the worse the milder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from watchbill.burn_rate import BURN_RATES
from watchbill.catalogue import DEPENDENCY, SERVICE, Label
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import ALERT_NAME, SEVERITY
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.exporter_down import EXPORTER_DOWN
from watchbill_alerts.labels import TIER
from watchbill_alerts.matchers import any_of, exactly

_CAN_WAIT = ("warning", "info")


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert that meets `source` fires, those that meet `target` and agree in all `equal` labels are silent.

    To Alertmanager a label that both lack is equal too.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[Label, ...] = ()

    def as_document(self) -> dict[str, object]:
        """The rule as it stands in alertmanager.yml."""
        equal = {"equal": [label.name for label in self.equal]} if self.equal else {}
        return {"source_matchers": list(self.source), "target_matchers": list(self.target), **equal}


def inhibitions(stack: Stack, alerts: Iterable[Alert]) -> tuple[Inhibition, ...]:
    """Every rule of a stack. Nothing silences the news that a process is down."""
    alerts = tuple(alerts)
    return (*_dependencies(stack, alerts), *_services(alerts), *_exporter(alerts), *_tiers(alerts), _severities())


def _dependencies(stack: Stack, alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """A dependency that is down silences the symptoms of the services that use it."""
    symptoms = _names(alert for alert in alerts if alert.role == "symptom")
    for dependency in stack.dependencies:
        down = _names(alert for alert in _causes(alerts) if alert.own_labels.get(DEPENDENCY) == dependency.name)
        if down and symptoms:
            yield Inhibition(
                (any_of(ALERT_NAME, down), exactly(DEPENDENCY, dependency.name)),
                (
                    any_of(ALERT_NAME, symptoms),
                    any_of(SERVICE, (service.name for service in stack.dependants[dependency.name])),
                ),
            )


def _services(alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """A process that is down silences its service's symptoms that can wait: all other processes may fail meanwhile."""
    down = _names(alert for alert in _causes(alerts) if alert.service is not None)
    symptoms = _names(alert for alert in alerts if alert.role == "symptom")
    if symptoms:
        yield Inhibition(
            (any_of(ALERT_NAME, down),), (any_of(ALERT_NAME, symptoms), any_of(SEVERITY, _CAN_WAIT)), (SERVICE,)
        )


def _exporter(alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """Without the exporter nothing is known of dependencies; of one that is down, no inventory can be read."""
    causes = _names(alert for alert in _causes(alerts) if DEPENDENCY in alert.own_labels)
    inventory = _names(alert for alert in alerts if DEPENDENCY in alert.own_labels and alert.role == "watching")
    exporter = _names(alert for alert in alerts if alert.name == EXPORTER_DOWN)
    if exporter and causes:
        yield Inhibition((any_of(ALERT_NAME, exporter),), (any_of(ALERT_NAME, (*causes, *inventory)),))
        yield Inhibition((any_of(ALERT_NAME, causes),), (any_of(ALERT_NAME, inventory),), (DEPENDENCY,))


def _tiers(alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """A faster burn silences the slower ones of the same objective."""
    if not any(TIER in alert.own_labels for alert in alerts):
        return
    for index, rate in enumerate(BURN_RATES[:-1]):
        slower = (other.tier for other in BURN_RATES[index + 1 :])
        yield Inhibition((exactly(TIER, rate.tier),), (any_of(TIER, slower),), (SERVICE, SLO))


def _severities() -> Inhibition:
    """Critical silences warning and info of the same alert."""
    return Inhibition(
        (exactly(SEVERITY, "critical"),),
        (any_of(SEVERITY, _CAN_WAIT),),
        (ALERT_NAME, SERVICE, DEPENDENCY, SLO),
    )


def _causes(alerts: tuple[Alert, ...]) -> Iterator[Alert]:
    return (alert for alert in alerts if alert.role == "cause")


def _names(alerts: Iterable[Alert]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alert.name for alert in alerts))
