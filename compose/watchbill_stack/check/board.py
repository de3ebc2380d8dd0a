"""Dashboards of a stack: built when they are looked at, and known by what links may lead to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from watchbill.service import Service
from watchbill_dashboards.dashboard import Dashboard
from watchbill_dashboards.overview import overview
from watchbill_dashboards.variable import Choice


@dataclass(frozen=True, slots=True)
class Board:
    """Of a dashboard, its `keys` and ids of panels and the names of its variables."""

    title: str
    panels: Mapping[str, int]
    variables: tuple[str, ...]
    choices: frozenset[str]

    @classmethod
    def of(cls, dashboard: Dashboard) -> "Board":
        """What links may lead to on a dashboard."""
        choices = frozenset(one.name for one in dashboard.variables if isinstance(one, Choice))
        return cls(dashboard.title, dict(dashboard.keys), tuple(one.name for one in dashboard.variables), choices)


class Dashboards(Mapping[str, Dashboard]):
    """The overview dashboard of each service, by the service's name."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = {service.name: service for service in services}
        self._built: dict[str, Dashboard] = {}

    def __getitem__(self, name: str) -> Dashboard:
        if name not in self._built:
            self._built[name] = overview(self._services[name])
        return self._built[name]

    def __contains__(self, name: object) -> bool:
        return name in self._services

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    def some(self, names: Iterable[str]) -> "Dashboards":
        """Those of some services, as the same objects."""
        chosen = Dashboards(self._services[name] for name in names if name in self._services)
        chosen._built = self._built
        return chosen
