"""What recording rules add to the vocabularies of a stack."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from watchbill.catalogue import SERVICE
from watchbill.expression.selector import quoted
from watchbill.flow.declared import families_of
from watchbill.flow.family import Family
from watchbill.flow.reading import read
from watchbill.flow.recorded import family_of
from watchbill.flow.values import ANY, Values
from watchbill.stack import Stack
from watchbill_stack.check.site import Site
from watchbill_stack.check.spoken import Spoken
from watchbill_stack.check.vocabularies import by_name, exposed, layered, own, own_of_everyone

_Shape = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class _Alike:
    """Services whose recording rules read the same families and differ in the service's name alone."""

    exposed: dict[str, Family]
    own: dict[str, Family]
    recordings: Sequence[Site]
    services: list[str]


def spoken(stack: Stack, sites: Iterable[Site], scrape_interval: float) -> Mapping[str, Spoken]:
    """What each service may say by its name, and the stack's own rules by the empty name.

    What another service records may be read too, where a service records nothing of that name itself.
    """
    groups = _groups(stack, sites)
    recorded = [(group, _recorded(group, scrape_interval)) for group in groups]
    of_everyone = dict(own_of_everyone(stack))
    for group, families in recorded:
        _merge(
            of_everyone, (_by_services(one, group.services, Values.only(group.services)) for one in families.values())
        )
    services = {one.name: one for one in stack.services}
    found: dict[str, Spoken] = {}
    for group, families in recorded:
        records = {name: _by_services(one, group.services, ANY) for name, one in families.items()}
        shared = layered(records, group.exposed, of_everyone)
        for name in group.services:
            of_service = own(services.get(name))
            whole = layered(of_service, shared.families) if of_service else shared
            found[name] = Spoken(whole, shared, tuple(of_service))
    return found


def _groups(stack: Stack, sites: Iterable[Site]) -> list[_Alike]:
    recordings: dict[str, list[Site]] = {}
    for site in sites:
        if site.role == "recording":
            recordings.setdefault(site.service, []).append(site)
    groups: dict[tuple[object, ...], _Alike] = {}
    for name, service in (("", None), *((one.name, one) for one in stack.services)):
        rules, families, of_service = recordings.get(name, []), exposed(service), own(service)
        if not any(name in site.text for name in of_service for site in rules):
            of_service = {}
        key = id(families), id(of_service) if of_service else 0, tuple(_shape(site) for site in rules)
        groups.setdefault(key, _Alike(families, of_service, rules, [])).services.append(name)
    return list(groups.values())


def _shape(site: Site) -> _Shape:
    """What is the same of the recording rules of alike services."""
    labels = {name: value for name, value in site.labels.items() if value != site.service}
    return site.name, site.text.replace(quoted(site.service), ""), tuple(labels.items())


def _recorded(group: _Alike, scrape_interval: float) -> dict[str, Family]:
    """Rules in their order: each may read what those before it record; what comes later is as it is declared."""
    found: dict[str, Family] = {}
    for site in group.recordings:
        if site.metric is not None:
            found |= by_name(families_of([site.metric], site.names))
    vocabulary = layered(found, group.own, group.exposed)
    seen: set[str] = set()
    for site in group.recordings:
        inference = read(site.text, vocabulary, scrape_interval, is_alert=False)
        if inference.flow is None:
            continue
        family = family_of(site.name, inference, site.labels, place=site.place, metric=site.metric)
        if family.name in seen:
            _merge(found, [family])
        else:
            found[family.name] = family
        seen.add(family.name)
    return found


def _merge(families: dict[str, Family], more: Iterable[Family]) -> None:
    """Two rules may write one name: its series then carry the labels of either."""
    for family in more:
        before = families.get(family.name)
        families[family.name] = family if before is None else before.merged_with(family)


def _by_services(family: Family, services: Sequence[str], values: Values) -> Family:
    """The family of the first of alike services, with other values where it names that service."""
    present = family.labels.get(SERVICE.name)
    if present is None or not present.is_closed or present.known != frozenset({services[0]}):
        return family
    return replace(family, labels={**family.labels, SERVICE.name: values})
