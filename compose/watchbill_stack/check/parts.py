"""The check of a large stack: its services are shared out among the cores, part by part."""

import copyreg
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import STACK
from watchbill_stack.check import checking, objects, recorded_names, suppression
from watchbill_stack.check.board import Board
from watchbill_stack.check.built import Built
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.garbage import without_collections
from watchbill_stack.check.report import Report
from watchbill_stack.check.site import Site
from watchbill_stack.check.sites import recordings_of
from watchbill_stack.check.spoken import Spoken

_SERVICES_PER_PART = 25
_WORTH_SHARING = 4 * _SERVICES_PER_PART
_MOST_PROCESSES = 8
Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part gives: `suppressing` are its sites that suppress something."""

    findings: tuple[Finding, ...]
    evidence: Evidence
    boards: Mapping[str, Board]
    suppressing: tuple[Site, ...]
    expressions: int


def check_in_parts(stack: Stack, profile: Profile, progress: Progress = lambda _: None) -> Report:
    """The findings of `checking.check`, without the sites and inferences, which are not all kept at once.

    `progress` is told how many services have been checked.
    """
    with without_collections():
        built = Built.of(stack, profile)
        spoken = recorded_names.spoken(stack, recordings_of(built), profile.scrape_interval)
        names = [service.name for service in stack.services]
        shares = [names[start : start + _SERVICES_PER_PART] for start in range(0, len(names), _SERVICES_PER_PART)]
        found = _shared_out(built, spoken, shares, progress)
        for part in found:
            built.boards.update(part.boards)
        found.append(_part(built.part(STACK), spoken))
        findings = [finding for part in found for finding in part.findings]
        findings += objects.findings_of_whole(built, Evidence.merged(part.evidence for part in found))
        kept, suppressed = suppression.applied(findings, (site for part in found for site in part.suppressing))
    return Report(
        findings=checking.in_order(kept),
        sites=(),
        inferences={},
        services=len(names),
        expressions=sum(part.expressions for part in found),
        suppressed=suppressed,
    )


def _part(built: Built, spoken: Mapping[str, Spoken]) -> Part:
    read, inferences = checking.infer_part(built, spoken)
    findings = tuple(checking.findings_of_part(built, inferences, read))
    suppressing = tuple(site for site in read if site.suppressed)
    boards = {name: board for name in built.dashboards if (board := built.board(name))}
    return Part(findings, Evidence.of(read, inferences), boards, suppressing, len(inferences))


def _shared_out(
    built: Built, spoken: Mapping[str, Spoken], shares: Sequence[Sequence[str]], progress: Progress
) -> list[Part]:
    """The parts of all shares in their order; every process takes each n-th share."""
    number = _processes(sum(map(len, shares)))

    def work(first: int, each: Progress) -> list[Part]:
        done: list[Part] = []
        for names in shares[first::number]:
            done.append(_part(built.part(*names), spoken))
            each(len(names))
        return done

    helpers = [_Helper(work, first) for first in range(1, number)]
    try:
        by_process = [work(0, lambda services: progress(services * number)), *(one.parts() for one in helpers)]
    finally:
        for one in helpers:
            one.stop()
    return [by_process[index % number][index // number] for index in range(len(shares))]


def _processes(services: int) -> int:
    if services < _WORTH_SHARING or "fork" not in multiprocessing.get_all_start_methods():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)


class _Helper:
    """A forked process that does one share of the work: it has all that was built without being sent it."""

    def __init__(self, work: Callable[[int, Progress], list[Part]], first: int) -> None:
        context = multiprocessing.get_context("fork")
        self._answer, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_help, args=(work, first, there), daemon=True)
        self._process.start()
        there.close()

    def parts(self) -> list[Part]:
        """What it has found; raises what it raised."""
        try:
            answer = self._answer.recv()
        except EOFError:
            raise RuntimeError("a process of the check ended without an answer") from None
        if isinstance(answer, BaseException):
            raise answer
        return list(answer)

    def stop(self) -> None:
        """Ends it, where it has not ended by itself."""
        self._answer.close()
        self._process.terminate()
        self._process.join()


def _help(work: Callable[[int, Progress], list[Part]], first: int, there: "Connection[object, object]") -> None:
    # The process that waits is interrupted as well, and stops this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))
    try:
        there.send([_sendable(part) for part in work(first, lambda _: None)])
    except Exception as error:  # noqa: BLE001  # it is raised in the process that waits
        there.send(error)


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _sendable(part: Part) -> Part:
    """Without the objects of the sites, which nobody looks at any more."""
    kept: dict[Site, Site] = {}

    def bare(site: Site) -> Site:
        if site not in kept:
            kept[site] = replace(site, subject=None, metric=None)
        return kept[site]

    findings = tuple(replace(finding, site=bare(finding.site)) for finding in part.findings)
    return replace(part, findings=findings, suppressing=tuple(map(bare, part.suppressing)))
