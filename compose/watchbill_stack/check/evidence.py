"""What parts of a stack say of the whole: who reads what, who records what, which alerts there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchbill.flow.flow import Inference
from watchbill_stack.check.carried import Carried
from watchbill_stack.check.site import Site

By = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`readers` and `recorders` are services by the names of series; what only a rule test names nobody reads."""

    readers: By
    recorders: By
    alerts: tuple[Carried, ...]

    @classmethod
    def of(cls, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> "Evidence":
        """What some sites say."""
        readers: dict[str, set[str]] = {}
        recorders: dict[str, set[str]] = {}
        alerts: list[Carried] = []
        for site in read:
            inference = inferences.get(site)
            if site.role == "recording":
                recorders.setdefault(site.name, set()).add(site.service)
            elif site.role == "alert":
                alerts.append(carried_by(site, inference))
            if inference is not None and site.role != "test":
                own = site.name if site.role == "recording" else ""
                for reference in inference.references:
                    if reference.series != own:
                        readers.setdefault(reference.series, set()).add(site.service)
        return cls(_frozen(readers), _frozen(recorders), tuple(alerts))

    @classmethod
    def merged(cls, parts: Iterable["Evidence"]) -> "Evidence":
        """What all parts say together."""
        every = tuple(parts)
        alerts = tuple(carried for one in every for carried in one.alerts)
        return cls(_union(one.readers for one in every), _union(one.recorders for one in every), alerts)


def carried_by(site: Site, inference: Inference | None) -> Carried:
    """The labels that the alert of a site carries."""
    flow = None if inference is None else inference.flow
    # A site is called after its alert, and after its scope where that tells it apart.
    return Carried.of(getattr(site.subject, "name", site.name), site.labels, flow)


def _union(mappings: Iterable[By]) -> By:
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, services in mapping.items():
            found.setdefault(name, set()).update(services)
    return _frozen(found)


def _frozen(mapping: Mapping[str, set[str]]) -> By:
    return {name: frozenset(services) for name, services in mapping.items()}
