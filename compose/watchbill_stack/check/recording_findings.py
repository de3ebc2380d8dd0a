"""Recording rules that write what they do not declare, too late, twice, or for nobody."""

from collections.abc import Iterable, Iterator, Mapping

from watchbill.catalogue.unit import Unit
from watchbill.flow.flow import Flow, Inference
from watchbill_alerts.recording import Recording
from watchbill_stack.check.built import Built
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import (
    DUPLICATE_RULE,
    RECORDED_LABELS,
    RECORDED_LATER,
    RECORDED_UNIT,
    UNUSED_RECORDING,
)
from watchbill_stack.check.site import Site
from watchbill_stack.check.sites import recordings_of

_DEFINITE = frozenset({Unit.SECONDS, Unit.BYTES, Unit.RATIO, Unit.BYTES_PER_SECOND, Unit.TIMESTAMP})
"""Units of which an expression's inferred one is never a guess."""


def recording_findings(built: Built, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """What is wrong with each recording rule, and with those that read it too early."""
    read = tuple(read)
    recordings = [site for site in read if site.role == "recording"]
    for site in recordings:
        inference = inferences.get(site)
        if inference is not None and inference.flow is not None and site.metric is not None:
            yield from _labels(site, inference.flow)
            yield from _unit(site, inference.flow)
    yield from _duplicates(recordings)
    yield from _later(built, read, inferences)


def _labels(site: Site, flow: Flow) -> Iterator[Finding]:
    if flow.is_open or site.metric is None:
        return
    declared = {site.names.label(label) for label in site.metric.labels}
    written = {*flow.labels, *site.labels}
    for label in sorted(declared - written):
        message = f"{site.name} is declared with the label {label!r}, which this rule does not write"
        yield Finding(rule=RECORDED_LABELS, site=site, message=message, nearest=nearest(label, written - declared))
    for label in sorted(written - declared):
        message = f"this rule writes the label {label!r}, which {site.name} is not declared with"
        yield Finding(rule=RECORDED_LABELS, site=site, message=message, nearest=nearest(label, declared - written))


def _unit(site: Site, flow: Flow) -> Iterator[Finding]:
    if site.metric is None:
        return
    wanted, found = site.metric.unit, flow.unit
    if wanted is not found and {wanted, found} <= _DEFINITE:
        message = f"{site.name} is declared in {wanted.value}, but this rule writes {found.value}"
        yield Finding(rule=RECORDED_UNIT, site=site, message=message)


def _duplicates(recordings: Iterable[Site]) -> Iterator[Finding]:
    seen: set[tuple[str, frozenset[tuple[str, str]], str]] = set()
    for site in recordings:
        identity = site.name, frozenset(site.labels.items()), site.text
        if identity in seen:
            message = f"another rule records {site.name} from the same expression with the same labels"
            yield Finding(rule=DUPLICATE_RULE, site=site, message=message)
        seen.add(identity)


def unused_recordings(built: Built, evidence: Evidence) -> Iterator[Finding]:
    """Rules whose name nothing of their service reads, nor any service that does not record it itself."""
    unread = {
        (name, service)
        for name, services in evidence.recorders.items()
        for service in services - evidence.readers.get(name, frozenset())
        if evidence.readers.get(name, frozenset()) <= services
    }
    for site in recordings_of(built) if unread else ():
        if (site.name, site.service) in unread:
            yield Finding(rule=UNUSED_RECORDING, site=site, message=f"nothing reads {site.name}")


def _later(built: Built, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """A rule that some rule before it records for is in order, whatever comes later."""
    sites = {id(site.subject): site for site in read if site.role in {"alert", "recording"}}
    for group in built.groups:
        members = [sites[id(rule)] for rule in group.rules]
        last = {site.name: number for number, site in enumerate(members) if site.role == "recording"}
        if not last:
            continue
        recorded: set[str] = set()
        for number, site in enumerate(members):
            inference = inferences.get(site)
            for name in dict.fromkeys(one.series for one in (() if inference is None else inference.references)):
                if name not in recorded and last.get(name, -1) > number:
                    message = f"group {group.name!r} records {name} after this rule has read it"
                    start = max(0, site.text.find(name))
                    yield Finding(rule=RECORDED_LATER, site=site, message=message, start=start, end=start + len(name))
            if isinstance(site.subject, Recording):
                recorded.add(site.name)
