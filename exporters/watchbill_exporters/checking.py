"""`--check`: every target is probed once, and what was found is said in words."""

import asyncio
from dataclasses import dataclass

from watchbill_exporters.configuration import Configuration
from watchbill_exporters.fleet import Fleet
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.rights import remedy_for
from watchbill_exporters.target import Probe, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a probe of one target found; `remedies` is empty when nothing is to be done."""

    target: str
    kind: str
    up: bool
    summary: str
    remedies: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.target} ({self.kind}): {self.summary}"]
        return "\n".join(lines + [f"  remedy: {remedy}" for remedy in self.remedies])


def check(configuration: Configuration) -> tuple[Finding, ...]:
    """Probes all targets at once, in the configuration's time limit; call it where no event loop runs."""
    return asyncio.run(_findings(configuration))


async def _findings(configuration: Configuration) -> tuple[Finding, ...]:
    fleet = Fleet(configuration)
    try:
        targets = tuple(fleet)
        probes = await asyncio.gather(*(target.probe(configuration.timeout) for target in targets))
    finally:
        await fleet.close()
    return tuple(_finding(target, probe) for target, probe in zip(targets, probes, strict=True))


def _finding(target: Target, probe: Probe) -> Finding:
    name, kind, outcome = target.settings.name, target.settings.kind, probe.outcome
    if isinstance(outcome, TargetDown):
        summary = f"down ({outcome.reason}): {outcome.cause}"
        return Finding(target=name, kind=kind, up=False, summary=summary, remedies=(outcome.remedy,))
    faults = [f"{one.name} cannot be read: {one.fault}" for one in outcome.collected if one.fault is not None]
    rights = [f"the account lacks {right}" for right in probe.missing_rights]
    summary = "; ".join([f"up, answered a ping in {outcome.ping_seconds * 1000:.1f} ms", *rights, *faults])
    remedies = tuple(remedy_for(target.settings, right) for right in probe.missing_rights)
    return Finding(target=name, kind=kind, up=True, summary=summary, remedies=remedies)
