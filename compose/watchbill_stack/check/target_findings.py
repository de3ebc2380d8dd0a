"""Matchers that ask for a service, a dependency or a scrape job which the stack does not have."""

import re
from collections.abc import Iterable, Iterator

from watchbill.catalogue.label import DEPENDENCY, JOB, SERVICE
from watchbill.service import TAKEN_NAMES
from watchbill.stack import Stack
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import UNKNOWN_TARGET
from watchbill_stack.check.site import Role, Site

# No value with a variable, which the reader of a dashboard chooses.
_MATCHER = re.compile(rf'\b({SERVICE.name}|{DEPENDENCY.name}|{JOB.name})\s*=\s*"([^"\\$\[]+)"')
_ASKING: frozenset[Role] = frozenset({"alert", "recording", "panel", "variable", "annotation", "runbook"})


def target_findings(stack: Stack, read: Iterable[Site]) -> Iterator[Finding]:
    """One for each such matcher."""
    services = frozenset(service.name for service in stack.services)
    known = {
        SERVICE.name: services,
        DEPENDENCY.name: frozenset(dependency.name for dependency in stack.dependencies),
        JOB.name: services | TAKEN_NAMES,
    }
    for site in read:
        if site.role not in _ASKING:
            continue
        for found in _MATCHER.finditer(site.text):
            label, value = found[1], found[2]
            if value not in known[label]:
                yield Finding(
                    rule=UNKNOWN_TARGET,
                    site=site,
                    message=f"the stack has no {label} {value!r}",
                    start=found.start(2) - 1,
                    end=found.end(2) + 1,
                    nearest=nearest(value, known[label]),
                )
