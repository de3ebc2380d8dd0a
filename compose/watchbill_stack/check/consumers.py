"""Who refers to a metric: directly, or through what recording rules write from it."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from watchbill.flow.family import Family
from watchbill.flow.flow import Reference
from watchbill.flow.vocabulary import Vocabulary
from watchbill.names import CLASSIC, Names
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_stack.check.carried import Carried
from watchbill_stack.check.matching import Selection, selections
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.report import Report
from watchbill_stack.check.routing import Route
from watchbill_stack.check.site import Site
from watchbill_stack.check.subject import Subject


@dataclass(frozen=True, slots=True)
class Use:
    """A site that refers to the subject; `through` are what it is recorded as on the way, the nearest to it first.

    A route is used through the alert that takes it.
    """

    site: Site
    through: tuple[str, ...] = ()


class Consumers:
    """The sites of a checked stack, by what they read."""

    def __init__(self, stack: Stack, report: Report) -> None:
        self._report = report
        self._names = {service.name: service.names for service in stack.services}
        self._recorders = {(site.service, site.name) for site in report.sites if site.role == "recording"}
        self._routes = {site.subject: site for site in report.sites if isinstance(site.subject, Route)}
        self._readers: dict[str, list[Site]] = {}
        for site, inference in report.inferences.items():
            for series in {reference.series for reference in inference.references}:
                self._readers.setdefault(series, []).append(site)

    def uses(self, subject: Subject) -> tuple[Use, ...]:
        """Every use in the order of the sites: each site once, by the shortest way."""
        found: dict[Site, Use] = {}
        ahead = deque(Use(site) for site in self._report.sites if self._refers(site, subject))
        while ahead:
            use = ahead.popleft()
            if use.site in found:
                continue
            found[use.site] = use
            through = (*use.through, use.site.name)
            ahead.extend(Use(site, through) for site in self._next(use.site))
        return tuple(found[site] for site in self._report.sites if site in found)

    def mentions(self, subject: Subject) -> tuple[Use, ...]:
        """Sites whose text holds the metric's name as a word, whatever it means there."""
        word = re.compile(rf"(?<![\w:]){re.escape(subject.metric)}(?![\w:])")
        return tuple(Use(site) for site in self._report.sites if word.search(site.text))

    def exists(self, subject: Subject) -> bool:
        """Whether there is such a metric, with such a label, in any service's spelling."""
        for family, names in self._families(subject):
            labels = subject.labels(family.metric, names)
            if not labels or family.is_open or not labels.isdisjoint(family.labels):
                return True
        return False

    def nearest(self, subject: Subject) -> str:
        """The known name that looks most like the metric's; where that one is known, like the label's."""
        known = [family for family, _ in self._families(subject)]
        if known:
            return nearest(subject.label, (label for family in known for label in family.labels))
        return nearest(subject.metric, (family.name for words in self._vocabularies for family in words))

    @property
    def _vocabularies(self) -> tuple[Vocabulary, ...]:
        return tuple(dict.fromkeys(self._report.vocabularies.values()))

    def _families(self, subject: Subject) -> Iterator[tuple[Family, Names]]:
        seen: set[Vocabulary] = set()
        for service, vocabulary in self._report.vocabularies.items():
            if vocabulary in seen:
                continue
            seen.add(vocabulary)
            names = self._names.get(service, CLASSIC)
            yield from ((one, names) for one in vocabulary if subject.is_named(one.name, one, names))

    def _refers(self, site: Site, subject: Subject) -> bool:
        inference = self._report.inferences.get(site)
        references = () if inference is None else inference.references
        return any(self._is_meant(site, reference, subject) for reference in references)

    def _is_meant(self, site: Site, reference: Reference, subject: Subject) -> bool:
        names = self._names.get(site.service, CLASSIC)
        family = self._report.vocabularies[site.service].get(reference.series)
        if not subject.is_named(reference.series, family, names):
            return False
        if not subject.label:
            return True
        labels = subject.labels(None if family is None else family.metric, names)
        if labels.isdisjoint(reference.labels):
            return False
        value = subject.value
        return value is None or any(one.names(labels, value) for one in self._selections(site, reference.series))

    def _next(self, site: Site) -> Iterator[Site]:
        if site.role == "recording":
            yield from self._readers_of(site)
        elif isinstance(site.subject, Alert):
            yield from self._routes_of(site, site.subject)

    def _routes_of(self, site: Site, alert: Alert) -> Iterator[Site]:
        """Those the alert can take, but for the root, which all pass."""
        inference = self._report.inferences.get(site)
        carried = Carried.of(alert.name, site.labels, None if inference is None else inference.flow)
        for root in islice(self._routes, 1):
            yield from (self._routes[route] for route in root.reached(carried) if route is not root)

    def _readers_of(self, recording: Site) -> Iterator[Site]:
        """Those that read what this rule records, and not what another rule records under the same name."""
        for site in self._readers.get(recording.name, ()):
            is_own = site.service == recording.service
            if not is_own and (site.service, recording.name) in self._recorders:
                continue
            if not all(one.excludes(recording.labels) for one in self._selections(site, recording.name)):
                yield site

    def _selections(self, site: Site, series: str) -> list[Selection]:
        return [one for one in selections(site.text) if one.series == series]
