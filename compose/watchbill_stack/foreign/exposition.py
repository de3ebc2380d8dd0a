"""What a scrape shows: the families of a text or OpenMetrics exposition."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf

from watchbill.catalogue.label import LE
from watchbill.catalogue.unit import Unit
from watchbill.flow.family import Family, Kind
from watchbill.flow.values import Values
from watchbill.problem import Place, Problem
from watchbill_stack.foreign.source import Source, WrongSource
from watchbill_stack.foreign.target_labels import CERTAIN, scraped

_METADATA = re.compile(r"#\s*(TYPE|UNIT|HELP)\s+(\"(?:\\.|[^\"\\])*\"|\S+)(?:\s+(.*))?")
_QUOTED = r'"(?:\\.|[^"\\])*"'
_LABELS = rf"\{{(?:[^\"{{}}]|{_QUOTED})*\}}"
_SAMPLE = re.compile(rf"(?P<name>[a-zA-Z_:][\w:]*)?\s*(?P<labels>{_LABELS})?\s*(?P<value>[^\s#]+)?")
_LABEL = re.compile(rf"(?P<name>[a-zA-Z_]\w*|{_QUOTED})\s*(?:=\s*(?P<value>{_QUOTED}))?")
_SUFFIXES = {
    "counter": ("", "_total"),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count", ""),
    "summary": ("", "_sum", "_count"),
    "info": ("_info",),
    "stateset": ("",),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "unknown": ("",),
    "untyped": ("",),
}
_UNITS = {
    "_timestamp_seconds": Unit.TIMESTAMP,
    "_seconds": Unit.SECONDS,
    "_bytes": Unit.BYTES,
    "_ratio": Unit.RATIO,
}
_MOST_VALUES = 1000
_PROBLEMS = 20


@dataclass(slots=True)
class _Seen:
    """The samples of one name."""

    number: int = 0
    values: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    times: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, labels: dict[str, str]) -> None:
        self.number += 1
        for name, value in labels.items():
            values = self.values.setdefault(name, set())
            # An empty value is no label.
            if value:
                self.times[name] = self.times.get(name, 0) + 1
                if len(values) < _MOST_VALUES:
                    values.add(value)


def families_of_exposition(
    source: Source, *, target_labels: Iterable[str] = (), are_values_all: bool = False
) -> tuple[Family, ...]:
    """A family for each series name, with the labels and values seen and the labels that targets add.

    With `are_values_all`, label values that were not seen do not exist. Raises WrongSource with the lines that are no
    exposition, twenty at most.
    """
    types: dict[str, tuple[str, int]] = {}
    seen: dict[str, _Seen] = {}
    problems: list[Problem] = []
    for number, line in enumerate(source.text.split("\n"), 1):
        text = line.strip()
        if text.startswith("#"):
            metadata = _METADATA.match(text)
            if metadata and metadata[1] == "TYPE":
                types[metadata[2].strip('"')] = (metadata[3] or "unknown").strip().lower(), number
        elif text and not _take(text, seen):
            problems.append(Problem(source.place(number), "is no sample", "give a scrape's text as it came"))
            if len(problems) >= _PROBLEMS:
                break
    if problems:
        raise WrongSource(tuple(problems))
    if not seen and not types:
        raise source.wrong(1, "holds no metric", "give the text of a scrape")
    families = _Families(source, types, tuple(target_labels), are_values_all)
    return (*(families.of(name, samples) for name, samples in seen.items()), *families.unseen(seen))


def _take(line: str, seen: dict[str, _Seen]) -> bool:
    found = _SAMPLE.match(line)
    if found is None or not _is_sample(line):
        return False
    name, labels = found["name"] or "", dict[str, str]()
    for one in _LABEL.finditer(found["labels"] or ""):
        if one["value"] is None:
            name = _unquoted(one["name"])
        else:
            labels[_unquoted(one["name"])] = _unquoted(one["value"])
    if name:
        seen.setdefault(name, _Seen()).add(labels)
    return bool(name)


def _is_sample(line: str) -> bool:
    found = _SAMPLE.match(line)
    if found is None or not (found["name"] or found["labels"]) or not found["value"]:
        return False
    try:
        float(found["value"])
    except ValueError:
        return False
    return True


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], text[1:-1])


@dataclass(frozen=True, slots=True)
class _Families:
    source: Source
    types: dict[str, tuple[str, int]]
    target_labels: tuple[str, ...]
    are_values_all: bool

    def of(self, name: str, samples: _Seen) -> Family:
        """What the samples of a name show."""
        base, kind, line = self._declared(name)
        only = Values.only if self.are_values_all else _among
        values = {label: only(known) for label, known in samples.values.items()}
        bounds = bounds_of(samples.values.get(LE.name, set())) if kind is Kind.BUCKET else ()
        if bounds:
            values[LE.name] = Values.only(samples.values[LE.name])
        certain = {label for label, times in samples.times.items() if times == samples.number}
        return Family(
            name=name,
            kind=kind,
            unit=unit_of(base, name),
            labels=scraped(values, self.target_labels),
            certain=frozenset(certain) | CERTAIN,
            bounds=bounds,
            low=0.0 if kind in {Kind.COUNTER, Kind.BUCKET} else None,
            place=Place(self.source.file, line) if line else None,
        )

    def unseen(self, seen: dict[str, _Seen]) -> Iterator[Family]:
        """Names that are declared and have no sample yet: nobody knows their labels."""
        for base, (kind, line) in self.types.items():
            names = [base + suffix for suffix in suffixes_of(kind)]
            if not any(name in seen for name in names):
                place = Place(self.source.file, line)
                for name in names:
                    kind_of_name, unit = kind_of(kind, name, base), unit_of(base, name)
                    yield Family(name=name, kind=kind_of_name, unit=unit, is_open=True, place=place)

    def _declared(self, name: str) -> tuple[str, Kind, int]:
        for suffix in ("", "_total", "_bucket", "_sum", "_count", "_info", "_gcount", "_gsum", "_created"):
            base = name.removesuffix(suffix) if suffix else name
            if name.endswith(suffix) and base in self.types:
                kind, line = self.types[base]
                return base, kind_of(kind, name, base), line
        return name, Kind.UNKNOWN, 0


def _among(known: Iterable[str]) -> Values:
    """These values, and perhaps others."""
    return Values(frozenset(known))


def suffixes_of(kind: str) -> tuple[str, ...]:
    """What series of a type add to its name."""
    return _SUFFIXES.get(kind, ("",))


def kind_of(kind: str, name: str, base: str) -> Kind:
    """What the samples of a series are whose type Prometheus calls so."""
    suffix = name.removeprefix(base)
    if kind == "gauge" and name.endswith("_total"):
        # Many an exporter gives its counters the wrong type.
        return Kind.UNKNOWN
    if suffix == "_created" or kind in {"gauge", "info", "stateset"}:
        return Kind.GAUGE
    match kind, suffix:
        case "histogram", "_bucket":
            return Kind.BUCKET
        case "histogram", "":
            return Kind.NATIVE
        case ("counter", _) | ("histogram" | "summary", "_sum" | "_count"):
            return Kind.COUNTER
        case "summary", "":
            return Kind.QUANTILE
        case _:
            return Kind.UNKNOWN


def unit_of(base: str, name: str) -> Unit:
    """The unit in which the name of a metric ends."""
    if name != base and name.endswith(("_count", "_bucket")):
        return Unit.COUNT
    plain = base.removesuffix("_total")
    return next((unit for ending, unit in _UNITS.items() if plain.endswith(ending)), Unit.COUNT)


def bounds_of(written: Iterable[str]) -> tuple[float, ...]:
    """The finite bounds among values of `le`."""
    try:
        return tuple(sorted(bound for bound in map(float, written) if bound != inf))
    except ValueError:
        return ()
