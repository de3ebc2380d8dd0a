"""A document from its JSON, with every mistake named at once."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeVar, cast

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Metric, Origin, Recorded, Subject, Synthetic, Unit
from watchbill.documents.document import Document, Exposed
from watchbill.documents.encoding import FLAGS, VERSION
from watchbill.errors import InvalidDeclaration, WatchbillError
from watchbill.names import Names
from watchbill.problem import Place, Problem

Entry = Mapping[str, Any]
Made = TypeVar("Made")
_KINDS: Mapping[str, type[Metric]] = MappingProxyType(
    {kind.__name__.lower(): kind for kind in (Counter, Gauge, Histogram, Recorded, Synthetic)}
)
_RENEW = "write it anew: watchbill metrics --format json"


class WrongDocument(WatchbillError, ValueError):
    """A file is no document about metrics; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def decoded(text: str, file: str = "<text>") -> Document:
    """The document that a JSON text holds; raises WrongDocument with every mistake.

    Keys that this version does not know are passed over. `file` is where messages say it stands.
    """
    place = Place(file, 0)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongDocument((Problem(place, f"it is no JSON: {error}", _RENEW),)) from None
    if not isinstance(content, dict) or "subjects" not in content:
        raise WrongDocument((Problem(place, "it holds no document about metrics", _RENEW),))
    content = cast("Entry", content)
    if content.get("version") != VERSION:
        cause = f"it has version {content.get('version')!r}, and this Watchbill reads version {VERSION}"
        raise WrongDocument((Problem(place, cause, "read it with the Watchbill that wrote it, or write it anew"),))
    reading = _Reading(place)
    document = reading.document(content)
    if reading.faults:
        raise WrongDocument(
            tuple(Problem(place, fault, "mend the entry, or write the file anew") for fault in reading.faults)
        )
    return document


class _Reading:
    """One pass over a document, which goes on behind a mistake."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.faults: list[str] = []

    def document(self, content: Entry) -> Document:
        subjects = tuple(self._subject(entry, where) for where, entry in self._entries(content, "subjects", ""))
        services = tuple(self._service(entry, where) for where, entry in self._entries(content, "services", ""))
        return Document(subjects, services)

    def _subject(self, entry: Entry, where: str) -> Subject:
        return Subject(self._text(entry, "title", where), self._metrics(entry, where))

    def _service(self, entry: Entry, where: str) -> Exposed:
        names = self._mapping(entry, "names", where)
        renamed = self._mapping(names, "metrics", f"{where}.names")
        buckets = self._mapping(entry, "buckets", where)
        return Exposed(
            service=self._text(entry, "name", where),
            names=Names(
                labels=dict(self._labels_renamed(names, f"{where}.names")),
                metrics={old: self._text(renamed, old, f"{where}.names.metrics") for old in renamed},
            ),
            metrics=self._metrics(entry, where),
            buckets=MappingProxyType({name: self._numbers(buckets, name, f"{where}.buckets") for name in buckets}),
            limits=MappingProxyType(dict(self._limits(entry, where))),
        )

    def _labels_renamed(self, names: Entry, where: str) -> Iterator[tuple[str | Label, str]]:
        for place, one in self._entries(names, "labels", where):
            key = one.get("label")
            label = key if isinstance(key, str) else self._label(self._mapping(one, "label", place), f"{place}.label")
            if label is not None:
                yield label, self._text(one, "becomes", place)

    def _limits(self, entry: Entry, where: str) -> Iterator[tuple[Label, int]]:
        for place, one in self._entries(entry, "label_limits", where):
            label = self._label(self._mapping(one, "label", place), f"{place}.label")
            if label is not None:
                yield label, self._whole(one, "limit", place)

    def _metrics(self, entry: Entry, where: str) -> tuple[Metric, ...]:
        found = (self._metric(one, place) for place, one in self._entries(entry, "metrics", where))
        return tuple(metric for metric in found if metric is not None)

    def _metric(self, entry: Entry, where: str) -> Metric | None:
        name = self._text(entry, "name", where)
        kind = _KINDS.get(self._text(entry, "kind", where))
        labels = [self._label(one, place) for place, one in self._entries(entry, "labels", where)]
        unit = self._enumerated(entry, "unit", where, Unit)
        at_most = self._whole({"at_most": 0, **entry}, "at_most", where)
        if kind is None:
            self.faults.append(
                f"{where}.kind: {entry.get('kind')!r} is no kind of metric; use one of {', '.join(_KINDS)}"
            )
        if kind is None or unit is None or not all(labels):
            return None
        special: dict[str, Any] = {key: True for key in FLAGS if entry.get(key) is True and hasattr(kind, key)}
        if kind is Histogram:
            special["buckets"] = self._numbers(entry, "buckets", where)
        return self._made(
            where,
            lambda: kind(
                name=name,
                help=self._text(entry, "help", where),
                unit=unit,
                labels=tuple(label for label in labels if label is not None),
                at_most=at_most,
                place=self.place,
                **special,
            ),
        )

    def _label(self, entry: Entry, where: str) -> Label | None:
        origin = self._enumerated({"origin": Origin.CODE.value, **entry}, "origin", where, Origin)
        values = self._texts({"values": [], **entry}, "values", where)
        bound = self._whole({"bound": 0, **entry}, "bound", where)
        name, meaning = self._text(entry, "name", where), self._text(entry, "help", where)
        if origin is None:
            return None
        return self._made(where, lambda: Label(name=name, help=meaning, values=values, bound=bound, origin=origin))

    def _made(self, where: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except InvalidDeclaration as error:
            self.faults += [f"{where}: {error.subject}: {fault}" for fault in error.faults]
            return None

    def _entries(self, entry: Entry, key: str, where: str) -> Iterator[tuple[str, Entry]]:
        value = entry.get(key, [])
        path = f"{where}.{key}".lstrip(".")
        if not isinstance(value, list):
            self.faults.append(f"{path}: a list is wanted")
            return
        for index, one in enumerate(cast("list[object]", value)):
            if isinstance(one, dict):
                yield f"{path}[{index}]", cast("Entry", one)
            else:
                self.faults.append(f"{path}[{index}]: an object is wanted")

    def _text(self, entry: Entry, key: str, where: str) -> str:
        value = entry.get(key)
        if isinstance(value, str):
            return value
        self.faults.append(f"{where}.{key}: a text is wanted")
        return ""

    def _texts(self, entry: Entry, key: str, where: str) -> tuple[str, ...]:
        value = entry.get(key)
        if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value)):
            return tuple(cast("list[str]", value))
        self.faults.append(f"{where}.{key}: a list of texts is wanted")
        return ()

    def _whole(self, entry: Entry, key: str, where: str) -> int:
        value = entry.get(key)
        if type(value) is int:
            return value
        self.faults.append(f"{where}.{key}: a whole number is wanted")
        return 1

    def _mapping(self, entry: Entry, key: str, where: str) -> Entry:
        value = entry.get(key, {})
        if isinstance(value, dict):
            return cast("Entry", value)
        self.faults.append(f"{where}.{key}: an object is wanted")
        return {}

    def _numbers(self, entry: Entry, key: str, where: str) -> tuple[float, ...]:
        value = entry.get(key)
        if isinstance(value, list) and all(type(one) in (int, float) for one in cast("list[object]", value)):
            with suppress(OverflowError):
                return tuple(float(one) for one in cast("list[float]", value))
        self.faults.append(f"{where}.{key}: a list of numbers is wanted")
        return ()

    def _enumerated(self, entry: Entry, key: str, where: str, kind: type[Made]) -> Made | None:
        value = entry.get(key)
        try:
            return kind(value)  # type: ignore[call-arg]  # an enumeration is called with a value
        except ValueError:
            self.faults.append(f"{where}.{key}: {value!r} is no {key}")
            return None
