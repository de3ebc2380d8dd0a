"""Which alerts silence which: a cause its symptoms, a fast burn a slow one, the worse the milder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from watchbill.burn_rate import BURN_RATES
from watchbill.catalogue import DEPENDENCY, SERVICE, Label
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import ALERT_NAME, SEVERITY
from watchbill.problem import Place
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
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)

    def as_document(self) -> dict[str, object]:
        """The rule as it stands in alertmanager.yml."""
        equal = {"equal": [label.name for label in self.equal]} if self.equal else {}
        return {"source_matchers": list(self.source), "target_matchers": list(self.target), **equal}


def inhibitions(stack: Stack, alerts: Iterable[Alert]) -> tuple[Inhibition, ...]:
    """Every rule of a stack. Nothing silences the news that a process is down."""
    alerts = tuple(alerts)
    return (
        *_dependencies(stack, alerts),
        *_services(alerts),
        *_exporter(alerts),
        *_tiers(alerts),
        *_severities(alerts),
    )


def _dependencies(stack: Stack, alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """A dependency that is down silences the symptoms of the services that use it."""
    symptoms = _symptoms(alerts)
    named = _names(symptoms)
    hurting = {alert.service.name for alert in symptoms if alert.service is not None}
    causes: dict[str, list[Alert]] = {}
    for alert in _causes(alerts):
        causes.setdefault(alert.own_labels.get(DEPENDENCY, ""), []).append(alert)
    for dependency in stack.dependencies:
        down = _names(causes.get(dependency.name, ()))
        hurt = [one.name for one in stack.dependants[dependency.name] if one.name in hurting]
        if down and hurt:
            yield Inhibition(
                (any_of(ALERT_NAME, down), exactly(DEPENDENCY, dependency.name)),
                (any_of(ALERT_NAME, named), any_of(SERVICE, hurt)),
            )


def _services(alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """A process that is down silences its service's symptoms that can wait: all other processes may fail meanwhile."""
    down = _names(alert for alert in _causes(alerts) if alert.service is not None)
    symptoms = _symptoms(alerts)
    if down and any(alert.severity in _CAN_WAIT for alert in symptoms):
        yield Inhibition(
            (any_of(ALERT_NAME, down),),
            (any_of(ALERT_NAME, _names(symptoms)), any_of(SEVERITY, _CAN_WAIT)),
            (SERVICE,),
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


def _severities(alerts: tuple[Alert, ...]) -> Iterator[Inhibition]:
    """Critical silences warning and info of the same alert, where there is one of both."""
    equal = (ALERT_NAME, SERVICE, DEPENDENCY, SLO)
    urgent = {_told_apart(alert, equal) for alert in alerts if alert.severity == "critical"}
    if any(_told_apart(alert, equal) in urgent for alert in alerts if alert.severity in _CAN_WAIT):
        yield Inhibition((exactly(SEVERITY, "critical"),), (any_of(SEVERITY, _CAN_WAIT),), equal)


def _told_apart(alert: Alert, by: tuple[Label, ...]) -> tuple[str, ...]:
    labels = {**alert.labels, ALERT_NAME: alert.name}
    return tuple(labels.get(label, "") for label in by)


def _symptoms(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    return tuple(alert for alert in alerts if alert.role == "symptom")


def _causes(alerts: tuple[Alert, ...]) -> Iterator[Alert]:
    return (alert for alert in alerts if alert.role == "cause")


def _names(alerts: Iterable[Alert]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alert.name for alert in alerts))
