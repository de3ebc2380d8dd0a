"""Metrics and labels that came, went or changed, and the names services give them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from watchbill.catalogue import Histogram, Metric
from watchbill.documents.document import Document, Exposed
from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Change, Verb

_NEARLY = 0.6


def metric_causes(before: Document, after: Document) -> Iterator[Cause]:
    """Changes of metrics that expressions follow, and those that nothing follows."""
    yield from _between(before.metrics, after.metrics, "", before, after)
    earlier = {exposed.service: exposed for exposed in before.services}
    for exposed in after.services:
        old = earlier.get(exposed.service)
        if old is not None:
            yield from _between(old.metrics, exposed.metrics, exposed.service, before, after)
            yield from _renames(old, exposed, (*before.metrics, *old.metrics))


def bound_changes(before: Document, after: Document, causes: Causes) -> Iterator[Change]:
    """Bucket bounds and label limits of services, where no objective asked for them."""
    earlier = {exposed.service: exposed for exposed in before.services}
    for exposed in after.services:
        old = earlier.get(exposed.service)
        if old is None:
            continue
        asked = {float(bound) for cause in causes.of(exposed.service) for pair in cause.equal for bound in pair}
        for names, gone, come in _buckets(old, exposed, after.metrics):
            if not {*gone, *come} <= asked:
                name = f"{', '.join(names)} of {exposed.service}"
                yield Change("metric", name, "changed", _bounds(gone, come), service=exposed.service)
        for label in {**old.limits, **exposed.limits}:
            one, other = old.limit(label), exposed.limit(label)
            if one != other:
                name = f"label {label.name} of {exposed.service}"
                yield Change("metric", name, "changed", f"at most {one} → {other} values", service=exposed.service)


def _buckets(
    old: Exposed, new: Exposed, metrics: Iterable[Metric]
) -> Iterator[tuple[list[str], tuple[float, ...], tuple[float, ...]]]:
    """The bounds that went and came, with the metrics whose bounds they are."""
    found: dict[tuple[tuple[float, ...], tuple[float, ...]], list[str]] = {}
    for metric in metrics:
        one, other = old.bounded(metric), new.bounded(metric)
        if isinstance(one, Histogram) and isinstance(other, Histogram) and one.buckets != other.buckets:
            gone, come = set(one.buckets) - set(other.buckets), set(other.buckets) - set(one.buckets)
            found.setdefault((tuple(sorted(gone)), tuple(sorted(come))), []).append(new.names.metric(metric))
    yield from ((names, *bounds) for bounds, names in found.items())


def _bounds(gone: Iterable[float], come: Iterable[float]) -> str:
    parts = [f"bounds removed: {', '.join(f'{one:g}' for one in gone)}"] if gone else []
    parts += [f"bounds added: {', '.join(f'{one:g}' for one in come)}"] if come else []
    return "; ".join(parts)


def _between(
    before: Iterable[Metric], after: Iterable[Metric], service: str, old: Document, new: Document
) -> Iterator[Cause]:
    earlier, later = ({metric.name: metric for metric in metrics} for metrics in (before, after))
    removed = [metric for name, metric in earlier.items() if name not in later]
    added = [metric for name, metric in later.items() if name not in earlier]
    for name in (name for name in earlier if name in later):
        details, breaking = _details(earlier[name], later[name])
        if details:
            change = Change("metric", _of(name, service), "changed", ", ".join(details), breaking)
            yield Cause(change, service, _label_renamed(earlier[name], later[name]))
    for metric in [*removed]:
        successor = next((one for one in added if _is_renamed(metric, one)), None)
        if successor is not None:
            removed.remove(metric)
            added.remove(successor)
            words = dict(zip(metric.series, successor.series, strict=True))
            detail = f"renamed to {successor.name}"
            yield Cause(Change("metric", _of(metric.name, service), "renamed", detail, breaking=True), service, words)
    yield from _whole(removed, _subjects(old), _subjects(new), service, "removed")
    yield from _whole(added, _subjects(new), _subjects(old), service, "added")


def _whole(
    metrics: Iterable[Metric], own: Mapping[str, str], other: Mapping[str, str], service: str, verb: Verb
) -> Iterator[Cause]:
    """Metrics that came or went; those of a subject that came or went with them, in one line."""
    by_subject: dict[str, list[Metric]] = {}
    for metric in metrics:
        title = own.get(metric.name, "")
        whole = title if title and title not in other.values() else metric.name
        by_subject.setdefault(whole, []).append(metric)
    for subject, members in by_subject.items():
        said = f"{len(members)} metrics {verb}" if len(members) > 1 or subject != members[0].name else verb
        yield Cause(Change("metric", _of(subject, service), verb, said, breaking=verb == "removed"), service)


def _subjects(document: Document) -> Mapping[str, str]:
    return {metric.name: subject.title for subject in document.subjects for metric in subject.metrics}


def _is_renamed(old: Metric, new: Metric) -> bool:
    if type(old) is not type(new) or (old.unit, old.labels) != (new.unit, new.labels):
        return False
    return old.help == new.help or SequenceMatcher(None, old.name, new.name).ratio() > _NEARLY


def _details(old: Metric, new: Metric) -> tuple[list[str], bool]:
    kinds = type(old).__name__.lower(), type(new).__name__.lower()
    units = old.unit.value or "count", new.unit.value or "count"
    details = [f"{what} {one} → {other}" for what, (one, other) in (("kind", kinds), ("unit", units)) if one != other]
    earlier, later = ({label.name: label for label in metric.labels} for metric in (old, new))
    gone = [name for name in earlier if name not in later]
    come = [name for name in later if name not in earlier]
    breaking = bool(details or gone)
    renamed = _label_renamed(old, new)
    details += [f"label {one} renamed to {other}" for one, other in renamed.items()]
    details += [f"label {name} removed" for name in gone if name not in renamed]
    details += [f"label {name} added" for name in come if name not in renamed.values()]
    for name in (name for name in earlier if name in later):
        details += _label_details(name, set(earlier[name].values), set(later[name].values))
        if earlier[name].limit != later[name].limit:
            details.append(f"label {name} takes at most {earlier[name].limit} → {later[name].limit} values")
    if isinstance(old, Histogram) and isinstance(new, Histogram) and old.buckets != new.buckets:
        details.append(
            _bounds(sorted(set(old.buckets) - set(new.buckets)), sorted(set(new.buckets) - set(old.buckets)))
        )
    return details + (["its meaning is said otherwise"] if old.help != new.help else []), breaking


def _label_renamed(old: Metric, new: Metric) -> dict[str, str]:
    """The one label that took another name and is otherwise the same."""
    gone = [label for label in old.labels if label.name not in {one.name for one in new.labels}]
    come = [label for label in new.labels if label.name not in {one.name for one in old.labels}]
    if len(gone) == len(come) == 1 and replace(come[0], name=gone[0].name) == gone[0]:
        return {gone[0].name: come[0].name}
    return {}


def _label_details(name: str, old: set[str], new: set[str]) -> Iterator[str]:
    for values, verb in ((old - new, "no longer takes"), (new - old, "can take")):
        if values:
            yield f"label {name} {verb} {', '.join(sorted(values))}"


def _renames(old: Exposed, new: Exposed, metrics: Iterable[Metric]) -> Iterator[Cause]:
    """Names that a service spells otherwise than before."""
    labels: dict[tuple[str, str], None] = {}
    for metric in metrics:
        one, other = old.names.metric(metric), new.names.metric(metric)
        if one != other:
            words = {one + suffix: other + suffix for suffix in metric.suffixes}
            change = Change("metric", f"{one} of {new.service}", "renamed", f"renamed to {other}", breaking=True)
            yield Cause(change, new.service, words)
        for label in metric.labels:
            spelled = old.names.label(label), new.names.label(label)
            if spelled[0] != spelled[1]:
                labels[spelled] = None
    for one, other in labels:
        change = Change("metric", f"label {one} of {new.service}", "renamed", f"renamed to {other}", breaking=True)
        yield Cause(change, new.service, {one: other})


def _of(name: str, service: str) -> str:
    return f"{name} of {service}" if service else name
