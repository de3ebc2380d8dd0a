"""Findings that somebody wants: suppressed on the object, by rule, with a reason."""

from collections.abc import Iterable, Iterator

from watchbill.problem import Place
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import RULES, UNUSED_SUPPRESSION, WRONG_SUPPRESSION
from watchbill_stack.check.site import Site

_Declaration = tuple[str, Place | None, frozenset[tuple[str, str]], str]


def applied(findings: Iterable[Finding], sites: Iterable[Site]) -> tuple[list[Finding], int]:
    """The findings that are left, with those about suppressions themselves; and how many were suppressed."""
    left: list[Finding] = []
    used: set[_Declaration] = set()
    suppressed = 0
    for finding in findings:
        if finding.site.suppressed.get(finding.rule.id, "").strip():
            used.add(_declaration(finding.site, finding.rule.id))
            suppressed += 1
        else:
            left.append(finding)
    return [*left, *_about_suppressions(sites, used)], suppressed


def _about_suppressions(sites: Iterable[Site], used: set[_Declaration]) -> Iterator[Finding]:
    """An object may have several sites; its suppressions are looked at once."""
    seen: set[_Declaration] = set()
    for site in sites:
        for rule_id, reason in site.suppressed.items():
            declaration = _declaration(site, rule_id)
            if declaration in seen:
                continue
            seen.add(declaration)
            if rule_id not in RULES:
                message = f"there is no rule {rule_id!r} to suppress"
                yield Finding(rule=WRONG_SUPPRESSION, site=site, message=message, nearest=nearest(rule_id, RULES))
            elif not reason.strip():
                yield Finding(
                    rule=WRONG_SUPPRESSION, site=site, message=f"the suppression of {rule_id!r} gives no reason"
                )
            elif declaration not in used:
                message = f"{rule_id!r} is suppressed ({reason.strip()}), but nothing of it is found here"
                yield Finding(rule=UNUSED_SUPPRESSION, site=site, message=message)


def _declaration(site: Site, rule_id: str) -> _Declaration:
    # The queries of one panel stand on lines of their own; what they share is the mapping.
    return site.service, site.declared, frozenset(site.suppressed.items()), rule_id
