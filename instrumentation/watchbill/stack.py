"""The whole of what is watched: services, and where notifications and links lead."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from watchbill.dependency import Dependency
from watchbill.links import Links
from watchbill.problem import Place, Problem, is_a
from watchbill.service import Service
from watchbill.team import Receiver, Team

_LOCAL = "http://127.0.0.1:3000"


class Stack:
    """Services that are watched together.

    `catch_all` receives what no route claims (by default the first team's ticket receiver), `watchdog` the signal
    that never ends, for a dead-man's switch outside. `dashboards` and `runbooks` are base addresses for links.
    """

    def __init__(
        self,
        *services: Service,
        catch_all: Receiver | None = None,
        watchdog: Receiver | None = None,
        dashboards: str = _LOCAL,
        runbooks: str = _LOCAL + "/runbooks",
        exporter: str = "127.0.0.1:9121",
    ) -> None:
        self.place = Place.of_caller()
        self.services = services
        self.watchdog = watchdog
        self.exporter = exporter
        self.links = Links(dashboards=dashboards.rstrip("/"), runbooks=runbooks.rstrip("/"))
        self._catch_all = catch_all

    @property
    def catch_all(self) -> Receiver:
        """Who hears of what no route claims."""
        return self._catch_all or self.services[0].team.ticket

    @property
    def has_local_links(self) -> bool:
        """Whether links lead nowhere but to this machine."""
        return self.links.dashboards == _LOCAL

    @property
    def teams(self) -> tuple[Team, ...]:
        """Every team once, in the order of the services."""
        return tuple({service.team.name: service.team for service in self.services}.values())

    @property
    def dependants(self) -> Mapping[str, tuple[Service, ...]]:
        """The services that use each dependency, by its name."""
        found: dict[str, tuple[Service, ...]] = {}
        for service in self.services:
            for dependency in service.uses:
                found[dependency.name] = (*found.get(dependency.name, ()), service)
        return MappingProxyType(found)

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """Every dependency once, in the order of the services."""
        return tuple({one.name: one for service in self.services for one in service.uses}.values())

    def owner(self, dependency: Dependency) -> Team:
        """The team of the most important service that uses a dependency."""
        return min(self.dependants[dependency.name], key=lambda service: service.tier).team

    def problems(self) -> tuple[Problem, ...]:
        """Every mistake of the stack and of all it holds, once each, by place."""
        return tuple(sorted(set(self._problems())))

    def _problems(self) -> Iterator[Problem]:
        if not self.services:
            yield Problem(self.place, "the stack watches no service", "give at least one Service")
        known: dict[str, Service] = {}
        for service in self.services:
            if not is_a(service, Service):
                yield Problem(self.place, f"{service!r} is no Service", "give Service objects only")
                continue
            yield from service.problems()
            if known.setdefault(service.name, service) is not service:
                yield service.problem(f"there are two services {service.name!r}", "give each service its own name")
        yield from self._contradictions(tuple(known.values()))
        for receiver in (self._catch_all, self.watchdog):
            if receiver is not None:
                yield from receiver.problems()

    def _contradictions(self, services: tuple[Service, ...]) -> Iterator[Problem]:
        teams: dict[str, Team] = {}
        dependencies: dict[str, Dependency] = {}
        for service in services:
            if is_a(service.team, Team) and teams.setdefault(service.team.name, service.team) != service.team:
                yield service.team.problem(
                    f"there are two teams {service.team.name!r} with different receivers", "declare the team once"
                )
            for one in service.uses:
                if is_a(one, Dependency) and dependencies.setdefault(one.name, one) != one:
                    yield one.problem(
                        f"{one.name!r} is declared twice, differently", "declare it once and use that object in both"
                    )
