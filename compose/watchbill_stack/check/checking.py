"""The check of a whole stack: every expression inferred, every object looked at, suppressions applied."""

from collections.abc import Iterable, Iterator, Mapping

from watchbill.flow.flow import Inference
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.check import objects, recorded_names, suppression
from watchbill_stack.check.built import Built
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.garbage import without_collections
from watchbill_stack.check.report import SEVERITIES, Report
from watchbill_stack.check.site import Role, Site
from watchbill_stack.check.sites import recordings_of, sites_of
from watchbill_stack.check.spoken import Spoken

_SELECTING: frozenset[Role] = frozenset({"test"})
"""What these say of series is which ones are meant, not what to make of their values."""
_ABOUT_SERIES = frozenset(
    {"syntax", "unknown-metric", "unknown-label", "impossible-value", "no-bucket-bound", "unrecorded-name"}
)


def check(stack: Stack, profile: Profile) -> Report:
    """Every finding of a stack whose declarations are right (`stack.problems()` is empty), the worst first."""
    with without_collections():
        return check_built(Built.of(stack, profile))


def check_built(built: Built) -> Report:
    """Every finding of what a stack was built to."""
    spoken = recorded_names.spoken(built.stack, recordings_of(built), built.profile.scrape_interval)
    read, inferences = infer_part(built, spoken)
    found = [
        *findings_of_part(built, inferences, read),
        *objects.findings_of_whole(built, Evidence.of(read, inferences)),
    ]
    kept, suppressed = suppression.applied(found, read)
    return Report(
        findings=in_order(kept),
        sites=read,
        inferences=inferences,
        vocabularies={name: one.whole for name, one in spoken.items()},
        services=len(built.stack.services),
        expressions=len(inferences),
        suppressed=suppressed,
    )


def infer_part(built: Built, spoken: Mapping[str, Spoken]) -> tuple[tuple[Site, ...], dict[Site, Inference]]:
    """The sites of what was built, and what each expression gives; equal texts of one service share an inference."""
    read = tuple(sites_of(built))
    interval = built.profile.scrape_interval
    made: dict[tuple[str, str, bool], Inference] = {}
    found: dict[Site, Inference] = {}
    for site in read:
        if not site.text:
            continue
        is_alert = site.role == "alert"
        key = site.service, site.text, is_alert
        if key not in made:
            made[key] = spoken[site.service].infer(site.text, interval, is_alert=is_alert)
        found[site] = made[key]
    return read, found


def findings_of_part(built: Built, inferences: Mapping[Site, Inference], read: tuple[Site, ...]) -> Iterator[Finding]:
    """The findings of expressions and objects for which a part is looked at alone."""
    yield from _of_expressions(inferences)
    yield from objects.findings_of_part(built, inferences, read)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by the line of the stack file."""
    return tuple(sorted(findings, key=_order))


def _of_expressions(inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    for site, inference in inferences.items():
        for fault in inference.faults:
            if site.role in _SELECTING and fault.rule.id not in _ABOUT_SERIES:
                continue
            yield Finding(
                rule=fault.rule,
                site=site,
                message=fault.message,
                start=fault.start,
                end=fault.end,
                nearest=fault.nearest,
            )


def _order(finding: Finding) -> tuple[int, str, int, str, str, str, str, int, str]:
    rule, site = finding.rule, finding.site
    asked = site.declared or site.place
    severity = SEVERITIES.index(rule.severity)
    return severity, asked.file, asked.line, rule.id, site.service, site.role, site.name, finding.start, finding.message
