"""`--check`: every target is probed once, and what was found is said in words or as a document."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

from watchbill_exporters.advice import Advice, Findings
from watchbill_exporters.collector import Reading
from watchbill_exporters.configuration import Configuration, Settings
from watchbill_exporters.configuration.admission import Admission
from watchbill_exporters.fleet import Fleet
from watchbill_exporters.kinds import KINDS
from watchbill_exporters.probe import Probe
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.target import Target

LEAST_SECONDS = 10.0
"""A check waits at least so long for a target: slow collectors are read too."""
_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a probe of one target found. `reason` is that of a target that is down.

    `rights` are those the account lacks, `faults` collectors that failed, `hints` what would show more.
    """

    target: str
    kind: str
    up: bool
    summary: str
    reason: str | None = None
    remedy: str | None = None
    rights: tuple[Advice, ...] = ()
    faults: tuple[Advice, ...] = ()
    hints: tuple[Advice, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether the target is up and every collector could be read."""
        return self.up and not self.faults

    def __str__(self) -> str:
        lines = [f"{self.target} ({self.kind}): {self.summary}"]
        lines += [f"  remedy: {self.remedy}"] if self.remedy else []
        lines += [f"  {one}" for one in (*self.rights, *self.faults)]
        return "\n".join(lines + [f"  hint: {one}" for one in self.hints])


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """All findings, and the discovery files whose content is not in use."""

    findings: tuple[Finding, ...]
    files: tuple[Advice, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether everything that is configured can be read."""
        return not self.files and all(finding.is_well for finding in self.findings)

    def __str__(self) -> str:
        lines = [*map(str, self.findings), *map(str, self.files)]
        up = sum(finding.up for finding in self.findings)
        return "\n".join([*lines, f"{up} of {len(self.findings)} targets are up"])

    def document(self) -> dict[str, object]:
        """The same for machines: plain values for JSON."""
        return {
            "well": self.is_well,
            "targets": [asdict(finding) for finding in self.findings],
            "discovery": [asdict(file) for file in self.files],
        }


def check(configuration: Configuration) -> Checkup:
    """Probes all targets, those of discovery files as well; call it where no event loop runs."""
    admission = Admission(configuration.modules)
    admission.read()
    discovered = {
        f"{module.name} {address}": module.settings_at(address)
        for module, group in admission.discovered()
        for address in group.addresses
    }
    every = replace(configuration, targets=MappingProxyType({**discovered, **configuration.targets}))
    files = tuple(
        Advice(subject=file, cause=f"{file} (file_sd): {cause}", remedy="correct it, or remove it from file_sd")
        for file, cause in admission.faults().items()
    )
    return Checkup(findings=asyncio.run(_findings(every)), files=files)


async def _findings(configuration: Configuration) -> tuple[Finding, ...]:
    fleet = Fleet(configuration)
    seconds = max(configuration.timeout, LEAST_SECONDS)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def found(target: Target) -> Finding:
        async with turns:
            finding = _finding(target.settings, await target.probe(seconds))
            # There may be more targets than files that a process may have open.
            await target.rest()
            return finding

    try:
        return tuple(await asyncio.gather(*map(found, fleet)))
    finally:
        await fleet.close()


def _finding(settings: Settings, probe: Probe) -> Finding:
    outcome = probe.outcome
    if isinstance(outcome, TargetDown):
        return Finding(
            target=settings.name,
            kind=settings.kind,
            up=False,
            summary=f"down ({outcome.reason}): {outcome.cause}",
            reason=outcome.reason,
            remedy=outcome.remedy,
        )
    kind = KINDS[settings.kind]
    rights = tuple(
        Advice(subject=right, cause=f"the account lacks {right}", remedy=kind.remedy(settings, right))
        for right in probe.missing_rights
    )
    faults = tuple(_faults(outcome))
    amiss = len(rights) + len(faults)
    summary = f"up, answered a ping in {outcome.ping_seconds * 1000:.1f} ms"
    return Finding(
        target=settings.name,
        kind=settings.kind,
        up=True,
        summary=f"{summary}; what is missing:" if amiss else summary,
        rights=rights,
        faults=faults,
        hints=tuple(kind.advice(Findings(probe.measured(), frozenset(probe.missing_rights)))),
    )


def _faults(reading: Reading) -> Iterator[Advice]:
    for one in reading.collected:
        if one.fault is not None:
            yield Advice(subject=one.name, cause=f"{one.name} cannot be read: {one.fault}")
        if one.dropped:
            yield Advice(subject=one.name, cause=f"{one.name}: {one.dropped} series left out, too many or twice")
