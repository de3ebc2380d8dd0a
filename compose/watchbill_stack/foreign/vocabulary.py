"""The series names that foreign expressions may refer to: a catalogue's, Prometheus' own, and what the rules record."""

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence

from watchbill.catalogue.label import INSTANCE, JOB, LE
from watchbill.catalogue.scrape import SCRAPE_SAMPLES, SCRAPE_SAMPLES_KEPT, SCRAPE_SECONDS, SCRAPE_SERIES_ADDED
from watchbill.catalogue.watching import ALERTS, ALERTS_FOR_STATE, UP
from watchbill.flow.declared import families_of
from watchbill.flow.family import Family, Kind
from watchbill.flow.reading import read as inferred
from watchbill.flow.recorded import family_of
from watchbill.flow.values import ANY
from watchbill.flow.vocabulary import Vocabulary
from watchbill_stack.foreign.reading import ANYTHING, Reading, read
from watchbill_stack.foreign.rule_file import ForeignRule
from watchbill_stack.foreign.target_labels import with_target_labels

_WORD = re.compile(r"[A-Za-z_:][\w:]*")
_OF_EVERY_SCRAPE = (UP, SCRAPE_SECONDS, SCRAPE_SAMPLES, SCRAPE_SAMPLES_KEPT, SCRAPE_SERIES_ADDED)
_OF_EVERY_SCRAPE_BY_OPTION = ("scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes")


def names_in(readings: Iterable[Reading]) -> frozenset[str]:
    """The series names that expressions refer to."""
    nothing = Vocabulary(is_complete=False)
    found: set[str] = set()
    for reading in readings:
        for splice in reading.texts():
            inference = inferred(splice.text, nothing, 15.0, is_alert=False)
            if inference.flow is not None:
                found.update(reference.series for reference in inference.references)
                break
    return frozenset(found - {ANYTHING, ""})


def base_vocabulary(families: Iterable[Family], *, is_complete: bool, target_labels: Sequence[str] = ()) -> Vocabulary:
    """The families of catalogues, several of one name merged, with what Prometheus adds to any of them."""
    known = {ANYTHING: Family(name=ANYTHING, kind=Kind.UNKNOWN, is_open=True)}
    for family in _of_prometheus(target_labels):
        known[family.name] = family
    for family in families:
        before = known.get(family.name)
        known[family.name] = family if before is None else before.merged_with(family)
    return Vocabulary(known, is_complete)


def _of_prometheus(target_labels: Sequence[str]) -> Iterator[Family]:
    for family in families_of(_OF_EVERY_SCRAPE):
        yield with_target_labels(family, target_labels)
    for name in _OF_EVERY_SCRAPE_BY_OPTION:
        yield Family(name=name, kind=Kind.GAUGE, is_open=True, certain=frozenset({JOB.name, INSTANCE.name}))
    for metric in (ALERTS, ALERTS_FOR_STATE):
        # Each alert adds labels of its own.
        yield Family(name=metric.name, kind=Kind.GAUGE, unit=metric.unit, is_open=True)


def with_recorded(base: Vocabulary, rules: Iterable[ForeignRule], scrape_interval: float) -> Vocabulary:
    """The vocabulary with what the rules record, in whatever order they stand in their files.

    Of names that are recorded from one another in a circle nothing is known but that they exist.
    """
    recordings: dict[str, list[ForeignRule]] = {}
    for rule in rules:
        if rule.role == "recording":
            recordings.setdefault(rule.name, []).append(rule)
    found: dict[str, Family] = {}
    vocabulary = Vocabulary(ChainMap(found, dict(base.families)), base.is_complete)
    for name, is_circular in _ordered(recordings):
        if is_circular:
            found[name] = _unknown(recordings[name][0])
            continue
        for family in [_recorded(rule, vocabulary, scrape_interval) for rule in recordings[name]]:
            found[name] = found[name].merged_with(family) if name in found else family
    return Vocabulary(ChainMap(found, dict(base.families)), base.is_complete)


def _recorded(rule: ForeignRule, vocabulary: Vocabulary, scrape_interval: float) -> Family:
    for splice in read(rule.expression, None).texts():
        inference = inferred(splice.text, vocabulary, scrape_interval, is_alert=False)
        if inference.flow is not None:
            return family_of(rule.name, inference, rule.labels, place=rule.place)
    return _unknown(rule)


def _unknown(rule: ForeignRule) -> Family:
    return Family(
        name=rule.name,
        kind=Kind.UNKNOWN,
        labels=dict.fromkeys(rule.labels, ANY),
        is_open=True,
        place=rule.place,
        is_recorded=True,
    )


def _ordered(recordings: Mapping[str, Sequence[ForeignRule]]) -> Iterator[tuple[str, bool]]:
    """Each name after those it is recorded from; what is left over goes in a circle, or hangs on one."""
    needs = {
        name: {word for rule in rules for word in _WORD.findall(rule.expression) if word in recordings}
        for name, rules in recordings.items()
    }
    readers: dict[str, list[str]] = {}
    for name, needed in needs.items():
        for one in needed:
            readers.setdefault(one, []).append(name)
    waiting = {name: len(needed) for name, needed in needs.items()}
    ready = [name for name, number in waiting.items() if not number]
    while ready:
        name = ready.pop()
        del waiting[name]
        yield name, False
        for reader in readers.get(name, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    yield from ((name, True) for name in waiting)


def guessed(names: Iterable[str], vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary with a guess, by the end of its name, at each name that it does not know."""
    guesses: dict[str, Family] = {}
    for name in names:
        if vocabulary.get(name) is not None or ":" in name:
            continue
        if name.endswith("_total"):
            guesses[name] = Family(name=name, kind=Kind.COUNTER, is_open=True, low=0.0)
        elif name.endswith("_bucket"):
            guesses[name] = Family(name=name, kind=Kind.BUCKET, is_open=True, labels={LE.name: ANY}, low=0.0)
    if not guesses:
        return vocabulary
    return Vocabulary(ChainMap(guesses, *_layers(vocabulary)), vocabulary.is_complete)


def _layers(vocabulary: Vocabulary) -> list[MutableMapping[str, Family]]:
    """The families as mappings that can be layered, without a copy where they are in layers already."""
    families = vocabulary.families
    return list(families.maps) if isinstance(families, ChainMap) else [dict(families)]
