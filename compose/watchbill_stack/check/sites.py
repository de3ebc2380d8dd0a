"""Every place where a stack refers to metrics, in a stable order: service by service, then what belongs to none."""

from collections.abc import Iterator

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import STACK
from watchbill_stack.check.built import Built
from watchbill_stack.check.dashboard_sites import dashboard_sites
from watchbill_stack.check.notification_sites import notification_sites
from watchbill_stack.check.objective_sites import objective_sites
from watchbill_stack.check.rule_sites import recording_sites, rule_sites
from watchbill_stack.check.site import Site


def sites(stack: Stack, profile: Profile) -> Iterator[Site]:
    """The sites of a stack as it is built at a pace."""
    return sites_of(Built.of(stack, profile))


def sites_of(built: Built) -> Iterator[Site]:
    """The sites of what was built."""
    for service in built.services:
        yield from objective_sites(service)
        yield from rule_sites(service.name, built.files[service.name])
        yield from dashboard_sites(built, service)
    if STACK in built.files:
        yield from rule_sites("", built.files[STACK])
        yield from notification_sites(built.everything)


def recordings_of(built: Built) -> Iterator[Site]:
    """The recording rules of what was built."""
    for name, groups in built.files.items():
        yield from recording_sites("" if name == STACK else name, groups)
