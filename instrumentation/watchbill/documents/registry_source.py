"""The files of a registry, put together: which attributes there are, and which metric carries which."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchbill.documents.yaml_source import Entry, Unreadable, entries
from watchbill.problem import Place, Problem

_SECTIONS = {"attributes", "attribute_groups", "metrics"}
_OTHER_SECTIONS = ("spans", "events", "entities")
_REFINEMENTS = ("metric_refinements", "span_refinements", "event_refinements", "entity_refinements")
_MANIFESTS = {"manifest", "registry_manifest"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's name and the entry that defines it."""

    name: str
    entry: Entry


@dataclass
class RegistrySource:
    """Everything of a registry by name, whatever file it stands in; `metrics` without the deprecated ones."""

    attributes: dict[str, Attribute] = field(default_factory=dict[str, Attribute])
    groups: dict[str, Entry] = field(default_factory=dict[str, Entry])
    metrics: list[Entry] = field(default_factory=list[Entry])
    faults: list[Problem] = field(default_factory=list[Problem])
    remarks: list[Problem] = field(default_factory=list[Problem])

    def attributes_of(self, entry: Entry) -> Iterator[Attribute]:
        """Every attribute a metric carries: inherited ones, those of groups it refers to, its own."""
        found: dict[str, Attribute] = {}
        self._collect(entry, found, ())
        yield from found.values()

    def _collect(self, entry: Entry, found: dict[str, Attribute], path: tuple[str, ...]) -> None:
        extended = entry.field("extends")
        if extended is not None:
            self._include(extended, found, path)
        attributes = entry.field("attributes")
        for one in attributes.items if attributes else ():
            group = one.field("ref_group")
            if group is not None:
                self._include(group, found, path)
                continue
            name = one.said("ref") or _defined(entry, one)
            if name in self.attributes:
                found[name] = self.attributes[name]
            else:
                self._fault(one, f"there is no attribute {name!r}", "give the file that defines it, too")

    def _include(self, reference: Entry, found: dict[str, Attribute], path: tuple[str, ...]) -> None:
        name = reference.text
        if name in path:
            self._fault(reference, f"the group {name!r} extends itself", "break the circle")
        elif name not in self.groups:
            self._fault(reference, f"there is no group {name!r}", "give the file that defines it, too")
        else:
            self._collect(self.groups[name], found, (*path, name))

    def add(self, document: Entry) -> None:
        """One document of a file, in either format."""
        if document.field("groups") is not None:
            for group in self._listed(document, "groups"):
                self._add_group(group)
        elif not document.is_mapping or not document.fields.keys() & {*_SECTIONS, *_OTHER_SECTIONS, *_REFINEMENTS}:
            self._fault(document, "it holds no semantic conventions", "give a file with `groups:` or `metrics:`")
        else:
            self._add_sections(document)

    def _add_sections(self, document: Entry) -> None:
        for attribute in self._listed(document, "attributes"):
            self._define(attribute.said("key"), attribute)
        for group in self._listed(document, "attribute_groups"):
            self._name(group)
        for metric in self._listed(document, "metrics"):
            self._add_metric(metric, metric.said("name"))
        for section in (*_OTHER_SECTIONS, *_REFINEMENTS):
            others = document.field(section)
            if others is not None:
                self._passed_over(others, section.replace("_", " "))

    def _add_group(self, group: Entry) -> None:
        kind = group.said("type")
        self._name(group)
        for attribute in self._listed(group, "attributes"):
            if attribute.field("ref") is None:
                self._define(_defined(group, attribute), attribute)
        if kind == "metric":
            self._add_metric(group, group.said("metric_name"))
        elif kind not in {"attribute_group", "metric_group"}:
            self._passed_over(group, f"{kind or 'span'} {group.said('id')!r}")

    def _add_metric(self, entry: Entry, name: str) -> None:
        deprecated = entry.field("deprecated")
        if deprecated is None:
            self.metrics.append(entry)
            return
        successor = deprecated.said("renamed_to")
        why = f"renamed to {successor!r}" if successor else deprecated.said("note") or deprecated.text
        self.remarks.append(
            Problem(entry.place, f"metric {name!r} is deprecated: {' '.join(why.split())}", "it is left out")
        )

    def _define(self, name: str, entry: Entry) -> None:
        if not name:
            self._fault(entry, "an attribute without a name", "give it an id")
        elif name in self.attributes:
            self._fault(
                entry,
                f"the attribute {name!r} is defined at {self.attributes[name].entry.place} too",
                "refer to it: `ref`",
            )
        else:
            self.attributes[name] = Attribute(name, entry)

    def _name(self, group: Entry) -> None:
        name = group.said("id")
        if not name:
            self._fault(group, "a group without an id", "give it one")
        elif name in self.groups:
            self._fault(group, f"the group {name!r} stands at {self.groups[name].place} too", "rename one of them")
        else:
            self.groups[name] = group

    def _listed(self, entry: Entry, key: str) -> Iterator[Entry]:
        found = entry.field(key)
        if found is None:
            return
        if not found.is_list and found.text:
            self._fault(found, f"{key} is no list", "write one entry behind each dash")
        for one in found.items:
            if one.is_mapping:
                yield one
            else:
                self._fault(one, f"an entry of {key} is no mapping", "give it fields")

    def _passed_over(self, entry: Entry, what: str) -> None:
        self.remarks.append(Problem(entry.place, f"{what}: no metric", "it is passed over"))

    def _fault(self, entry: Entry, cause: str, remedy: str) -> None:
        self.faults.append(Problem(entry.place, cause, remedy))


def sourced(paths: Iterable[Path]) -> RegistrySource:
    """The registry that some files and folders hold, with what is wrong with it."""
    source = RegistrySource()
    for path in paths:
        files = sorted((*path.rglob("*.yaml"), *path.rglob("*.yml"))) if path.is_dir() else [path]
        if not files:
            source.faults.append(Problem(Place(str(path), 0), "the folder holds no YAML file", "give a registry"))
        for file in files:
            if path.is_dir() and file.stem in _MANIFESTS:
                continue
            try:
                for document in entries(file):
                    source.add(document)
            except Unreadable as error:
                source.faults.append(Problem(error.place, str(error), "give a file of a registry"))
    return source


def _defined(group: Entry, attribute: Entry) -> str:
    """The full name of an attribute that a group defines; older files keep a group's prefix apart."""
    name, prefix = attribute.said("id") or attribute.said("key"), group.said("prefix")
    return f"{prefix}.{name}" if prefix and name else name
