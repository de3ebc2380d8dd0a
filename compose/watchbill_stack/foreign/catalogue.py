"""Catalogues that foreign expressions are held against: documents, registries, scrapes, a live Prometheus."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from watchbill.catalogue.label import LE
from watchbill.documents.decoding import WrongDocument, decoded
from watchbill.documents.registry_reading import WrongRegistry, read
from watchbill.flow.declared import families_of
from watchbill.flow.family import Family
from watchbill.flow.values import ANY
from watchbill.problem import Problem
from watchbill_stack.address import without_credentials
from watchbill_stack.foreign.exposition import families_of_exposition
from watchbill_stack.foreign.live_prometheus import LivePrometheus
from watchbill_stack.foreign.source import Source, WrongSource
from watchbill_stack.foreign.target_labels import with_target_labels
from watchbill_stack.foreign.web import fetched, is_address, web_client

# A sample whose name is quoted begins with a brace too.
_JSON = re.compile(r'\s*\{\s*(?:"[^"]*"\s*:|\}|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How catalogues are taken.

    `target_labels` are added to every scraped series beside the usual ones; with `are_values_all`, label values that a
    scrape does not show do not exist.
    """

    target_labels: tuple[str, ...] = ()
    are_values_all: bool = False


def catalogued(sources: Iterable[str], used: Callable[[], Iterable[str]], terms: Terms) -> tuple[Family, ...]:
    """The families of every source; of a live Prometheus only the names that are used are asked for.

    Raises WrongSource with every mistake of all of them.
    """
    found: list[Family] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            found += _of_address(source, used, terms) if is_address(source) else _of_path(Path(source), terms)
        except (WrongSource, WrongDocument, WrongRegistry) as error:
            problems += error.problems
    if problems:
        raise WrongSource(tuple(problems))
    return tuple(found)


def _of_address(address: str, used: Callable[[], Iterable[str]], terms: Terms) -> list[Family]:
    with web_client() as client:
        live = None if address.rstrip("/").endswith("/metrics") else LivePrometheus.at(address, client)
        if live is not None:
            return list(live.families(used()))
        source = Source.decoded(without_credentials(address), fetched(client, address) or b"")
        return list(_of_text(source, terms))


def _of_path(path: Path, terms: Terms) -> list[Family]:
    if path.is_dir() or path.suffix in {".yaml", ".yml"}:
        return list(_of_registry(path, terms))
    return list(_of_text(Source.read(path), terms))


def _of_text(source: Source, terms: Terms) -> Iterator[Family]:
    if _JSON.match(source.text):
        yield from _of_document(source, terms)
    else:
        yield from families_of_exposition(
            source, target_labels=terms.target_labels, are_values_all=terms.are_values_all
        )


def _of_document(source: Source, terms: Terms) -> Iterator[Family]:
    document = decoded(source.text, source.file)
    metrics = [metric for subject in document.subjects for metric in subject.metrics]
    for family in families_of(metrics):
        yield with_target_labels(family, terms.target_labels)
    for service in document.services:
        exposed = [service.bounded(metric) for metric in (*metrics, *service.metrics)]
        for family in families_of(exposed, service.names):
            yield with_target_labels(family, terms.target_labels)


def _of_registry(path: Path, terms: Terms) -> Iterator[Family]:
    for family in families_of(read(path).metrics):
        labels = {name: ANY if name == LE.name else values for name, values in family.labels.items()}
        # A registry says nothing of bucket bounds.
        yield with_target_labels(replace(family, labels=labels, bounds=()), terms.target_labels)
