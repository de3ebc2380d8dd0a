"""Scrape jobs, exporter targets, runbook pages and whatever else a stack renders."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Change
from watchbill_stack.difference.expression import reworded, swaps
from watchbill_stack.difference.leaves import differences
from watchbill_stack.difference.rule import mappings
from watchbill_stack.difference.state import (
    ALERTMANAGER,
    DASHBOARDS,
    EXPORTER,
    METRICS,
    PROMETHEUS,
    RULES,
    RUNBOOKS,
    Content,
    State,
    is_said_elsewhere,
)

_READ = {ALERTMANAGER, PROMETHEUS, EXPORTER, METRICS}
_WORD = re.compile(r"[\w:.-]+")
_JOBS = "scrape_configs"


def scraping_changes(before: State, after: State) -> Iterator[Change]:
    """What Prometheus and the exporter ask, and how."""
    old, new = before.mapping(PROMETHEUS), after.mapping(PROMETHEUS)
    yield from _by_name("job", _jobs(old), _jobs(new))
    for path, one, other in differences(_without_jobs(old), _without_jobs(new)):
        yield Change("scraping", f"prometheus {path}", "changed", f"{one} → {other}")
    earlier, later = before.mapping(EXPORTER), after.mapping(EXPORTER)
    targets = _targets(earlier), _targets(later)
    # One that came or went is a dependency that did.
    both = targets[0].keys() & targets[1].keys()
    yield from _by_name("exporter target", *({name: one[name] for name in one if name in both} for one in targets))
    for path, one, other in differences(_without_targets(earlier), _without_targets(later)):
        yield Change("scraping", f"exporter {path}", "changed", f"{one} → {other}")


def dependency_causes(before: State, after: State) -> Iterator[Cause]:
    """Dependencies that the exporter asks for the first time, or no more."""
    old, new = _targets(before.mapping(EXPORTER)), _targets(after.mapping(EXPORTER))
    for name in {**old, **new}:
        if name not in new:
            detail = f"removed: {old[name].get('kind')}"
            yield Cause(Change("dependency", name, "removed", detail, breaking=True), dependency=name)
        elif name not in old and EXPORTER in before.files:
            yield Cause(Change("dependency", name, "added", f"added: {new[name].get('kind')}"), dependency=name)


def _jobs(content: Content) -> dict[str, Content]:
    return {str(job.get("job_name")): job for job in mappings(content.get(_JOBS))}


def _without_jobs(content: Content) -> Content:
    return {key: value for key, value in content.items() if key != _JOBS}


def _targets(content: Content) -> dict[str, Content]:
    targets = content.get("targets")
    found = cast("dict[str, Any]", targets) if isinstance(targets, dict) else {}
    return {str(name): target for name, target in found.items() if isinstance(target, dict)}


def _without_targets(content: Content) -> Content:
    return {key: value for key, value in content.items() if key != "targets"}


def _by_name(what: str, before: Mapping[str, Content], after: Mapping[str, Content]) -> Iterator[Change]:
    for name in {**before, **after}:
        if name not in after:
            yield Change("scraping", f"{what} {name}", "removed", service=name)
        elif name not in before:
            yield Change("scraping", f"{what} {name}", "added", service=name)
        elif before[name] != after[name]:
            details = [f"{path} {one} → {other}" for path, one, other in differences(before[name], after[name])]
            yield Change("scraping", f"{what} {name}", "changed", ", ".join(details), service=name)


def runbook_changes(before: State, after: State, causes: Causes, links: Mapping[str, str]) -> Iterator[Change]:
    """Runbook pages that differ for no known cause; `links` are base addresses that moved."""
    for path, old, new in _differing(before, after):
        if RUNBOOKS not in path.parents:
            continue
        service, name = path.parent.name, f"{path.stem} of {path.parent.name}"
        if old is None or new is None:
            yield Change("runbook", name, "added" if old is None else "removed", service=service)
            continue
        moved = _moved(old, links)
        behind = causes.behind(service, swaps(moved, new, prose=True)) or _respelled(moved, new, service, causes)
        behind = behind or causes.behind_parts(service, moved, new)
        for cause in behind:
            cause.change.carries("runbook pages")
        if moved != new and not behind:
            detail = reworded("the page", moved, new)
            yield Change("runbook", name, "changed", detail, service=service)


def _respelled(page: str, new: str, service: str, causes: Causes) -> tuple[Cause, ...]:
    """The causes of new names where a page is the same but for them; matchers are sorted by name, so words may move."""
    renamed, behind = causes.renamed(service, page)
    return behind if sorted(_WORD.findall(renamed)) == sorted(_WORD.findall(new)) else ()


def _moved(page: str, links: Mapping[str, str]) -> str:
    for base, address in links.items():
        page = page.replace(base, address)
    return page


def file_changes(before: State, after: State) -> Iterator[Change]:
    """Files of which nothing more is known than that they differ."""
    for path, old, new in _differing(before, after):
        is_board = path.parent == DASHBOARDS and path.suffix == ".json"
        if not (is_board or RULES in path.parents or RUNBOOKS in path.parents or path in _READ):
            yield Change("file", str(path), "added" if old is None else "removed" if new is None else "changed")


def _differing(before: State, after: State) -> Iterator[tuple[PurePosixPath, str | None, str | None]]:
    for path in sorted({*before.files, *after.files}):
        old, new = before.files.get(path), after.files.get(path)
        if old != new and not is_said_elsewhere(path):
            yield path, old, new
