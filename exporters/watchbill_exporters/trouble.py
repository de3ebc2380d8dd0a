"""What is wrong with a target, in one line for the log: cause and remedy."""

from collections.abc import Callable, Iterator

from watchbill_exporters.collector import Reading
from watchbill_exporters.probe import Probe
from watchbill_exporters.reason import TargetDown


def trouble(probe: Probe, remedy: Callable[[str], str]) -> str | None:
    """None where nothing is; `remedy` is the line that gives a right the account lacks."""
    outcome = probe.outcome
    if isinstance(outcome, TargetDown):
        return f"is down ({outcome.reason}): {outcome.cause}; remedy: {outcome.remedy}"
    found = [*_of_collectors(outcome), *_of_rights(probe, remedy)]
    return f"is up, but in part: {'; '.join(found)}" if found else None


def _of_collectors(reading: Reading) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for one in reading.collected:
        if one.fault is not None:
            names.setdefault(one.fault, []).append(one.name)
    for fault, of in names.items():
        yield f"{', '.join(of)}: {fault}"
    for one in reading.collected:
        if one.dropped:
            yield f"{one.name}: {one.dropped} series too many left out"


def _of_rights(probe: Probe, remedy: Callable[[str], str]) -> Iterator[str]:
    missing = probe.missing_rights
    if missing:
        lines = dict.fromkeys(remedy(right) for right in missing)
        yield f"the account lacks {', '.join(missing)}; remedy: {'; '.join(lines)}"
