"""Alerts of a team's own: limits on its metrics, and whatever else it says in PromQL."""

import re
from collections.abc import Iterator
from decimal import Decimal

from watchbill import duration, panel_key
from watchbill.catalogue import SERVICE, Unit
from watchbill.expression.node import number_text
from watchbill.expression.scoping import scoped
from watchbill.own_alert import OwnAlert
from watchbill.profile import Profile
from watchbill.runbook_text import sections_of, text_of
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import DURATION, PERCENTAGE, asking
from watchbill_alerts.first_queries import everything_up, versions
from watchbill_alerts.own_trials import trials
from watchbill_alerts.runbook import SECTIONS, Runbook
from watchbill_alerts.span import held

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_SHOWN = {
    Unit.RATIO: PERCENTAGE,
    Unit.SECONDS: DURATION,
    Unit.BYTES: "{{ $value | humanize1024 }}B",
    Unit.BYTES_PER_SECOND: "{{ $value | humanize1024 }}B per second",
    Unit.PER_SECOND: "{{ $value | humanize }} per second",
    Unit.REQUESTS_PER_SECOND: "{{ $value | humanize }} requests per second",
}
_UNITS = {
    Unit.SECONDS: " s",
    Unit.BYTES: " bytes",
    Unit.BYTES_PER_SECOND: " bytes per second",
    Unit.PER_SECOND: " per second",
    Unit.REQUESTS_PER_SECOND: " requests per second",
}


def own_alerts(service: Service, profile: Profile) -> Iterator[Alert]:
    """One alert for each that a service declares."""
    for own in service.alerts:
        yield own_alert(service, own, profile)


def own_alert(service: Service, own: OwnAlert, profile: Profile) -> Alert:
    """What a team wants to be told.

    ## Meaning
    $summary Team $team declared this for $service: $rule.

    ## Impact
    Nobody has written down whom this hurts. Ask team $team.

    ## First checks
    1. See how large it is now, and on its panel since when:

       $value

    2. See whether a target or a dependency is down (0) or not seen at all (no line):

       $everything_up

    3. Look for a release; two versions in the answer mean that one is going on:

       $versions

    ## Mitigation
    - It began with a release: roll back first.
    - A dependency is down: follow the runbook of its own alert.
    - Neither: ask team $team, and write what helped into the runbook of this alert.
    """
    here, known = SERVICE.equals(service.name), service.metrics
    pending = profile.pending(duration.seconds(own.pending))
    return Alert(
        name=own.alert_name,
        expression=scoped(own.condition, here, among=known),
        severity=own.severity,
        role="symptom",
        team=service.team,
        declared=own.place,
        service=service,
        scope=_scope(service, own),
        pending=pending,
        summary=asking(_summary(service, own), service.names, known),
        description=asking(own.description, service.names, known) or _description(own, pending),
        runbook=_runbook(service, own, pending),
        panel=Panel(service, panel_key.of_alert(own, known)),
        trials=trials(service, own),
        suppressed=own.suppressed,
    )


def _summary(service: Service, own: OwnAlert) -> str:
    if own.summary:
        return own.summary
    first, *rest = (word for word in _WORD.split(own.alert_name) if word)
    words = " ".join((first, *(word.lower() for word in rest)))
    return f"{words} in {service.name}: {own.direction} the limit of {_limit(own)}."


def _scope(service: Service, own: OwnAlert) -> str:
    """What tells it apart from the others of its name: their severities."""
    alike = [other for other in service.alerts if other.alert_name == own.alert_name]
    return own.severity if len(alike) > 1 else ""


def _description(own: OwnAlert, pending: float) -> str:
    value = _SHOWN.get(own.shown_unit, "{{ $value | humanize }}")
    if own.limit is None:
        return f"Its condition holds {held(pending)}; the value is {value}."
    return f"The value is {value}; it has been {own.direction} the limit of {_limit(own)} {held(pending)}."


def _limit(own: OwnAlert) -> str:
    limit = own.limit or Decimal(0)
    if own.shown_unit is Unit.RATIO:
        return f"{number_text(limit * 100)} %"
    return number_text(limit) + _UNITS.get(own.shown_unit, "")


def _runbook(service: Service, own: OwnAlert, pending: float) -> Runbook:
    """What the team wrote, and for the sections that it left out what holds of any such alert."""
    derived, written = sections_of(own_alert), sections_of(own.runbook)
    if own.description and "{{" not in own.description:
        written.setdefault("Impact", own.description)
    # A dollar of the team's own is none of our facts.
    sections = derived | {title: text.replace("$", "$$") for title, text in written.items()}
    text = "\n\n".join(f"## {title}\n{sections[title]}" for title in SECTIONS)
    rule = "its rule, at the end of this page, holds" if own.limit is None else f"it is {own.direction} {_limit(own)}"
    return Runbook.of_text(
        f"runbook of {own.alert_name}",
        f"{text_of(own_alert).splitlines()[0]}\n\n{text}",
        service.names,
        summary=_summary(service, own),
        service=service.name,
        team=service.team.name,
        rule=f"{rule} {held(pending)}",
        value=scoped(own.expression, SERVICE.equals(service.name), among=service.metrics),
        everything_up=everything_up(service),
        versions=versions(service),
    )
