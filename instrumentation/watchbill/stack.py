"""The whole of what is watched: services, and where notifications and links lead."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from watchbill.cardinality import budget_faults
from watchbill.dependency import Dependency, is_address, shown_address
from watchbill.links import Links
from watchbill.own_metrics import contradictions
from watchbill.problem import Place, Problem, is_a, is_list
from watchbill.service import Service
from watchbill.team import Receiver, Team, is_receiver

_Owned = TypeVar("_Owned", Team, Dependency)
_LOCAL = "http://127.0.0.1:3000"
_BASE_ADDRESS = re.compile(r"https?://[^\s@?#]+")


class Stack:
    """Services that are watched together.

    `catch_all` receives what no route claims (by default the first team's ticket receiver), `watchdog` the signal
    that never ends, for a dead-man's switch outside. `dashboards` and `runbooks` are base addresses for links.
    `series_budget` is how many series all targets and rules together may have at worst.
    """

    def __init__(
        self,
        *services: Service,
        catch_all: Receiver | None = None,
        watchdog: Receiver | None = None,
        dashboards: str = _LOCAL,
        runbooks: str = _LOCAL + "/runbooks",
        exporter: str = "127.0.0.1:9121",
        series_budget: int | None = None,
    ) -> None:
        self.place = Place.of_caller()
        self.services = services
        self.watchdog = watchdog
        self.exporter = exporter
        self.series_budget = series_budget
        self.links = Links(dashboards=_without_slash(dashboards), runbooks=_without_slash(runbooks))
        self._catch_all = catch_all

    @property
    def catch_all(self) -> Receiver:
        """Who hears of what no route claims."""
        return self._catch_all or self.services[0].team.ticket

    @property
    def has_local_links(self) -> bool:
        """Whether links lead nowhere but to this machine."""
        return self.links.dashboards == _LOCAL

    @cached_property
    def teams(self) -> tuple[Team, ...]:
        """Every team once, in the order of the services."""
        return tuple({service.team.name: service.team for service in self.services}.values())

    @cached_property
    def dependants(self) -> Mapping[str, tuple[Service, ...]]:
        """The services that use each dependency, by its name."""
        found: dict[str, tuple[Service, ...]] = {}
        for service in self.services:
            for dependency in service.uses:
                found[dependency.name] = (*found.get(dependency.name, ()), service)
        return MappingProxyType(found)

    @cached_property
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
        yield from self._problems_of_itself()
        services: list[Service] = []
        for service in self.services:
            if not is_a(service, Service):
                yield Problem(self.place, f"{service!r} is no Service", "give Service objects only")
                continue
            yield from service.problems()
            if service.name in [earlier.name for earlier in services]:
                yield service.problem(f"there are two services {service.name!r}", "give each service its own name")
            services.append(service)
        yield from _contradicting_teams(services)
        yield from _contradicting_dependencies(services)
        yield from contradictions(one for service in services for one in service.own_metrics)

    def _problems_of_itself(self) -> Iterator[Problem]:
        for role, receiver in (("catch_all", self._catch_all), ("watchdog", self.watchdog)):
            if receiver is None:
                continue
            if is_receiver(receiver):
                yield from receiver.problems()
            else:
                # Not shown: it may well be an address with its secret.
                cause = f"{role} is a {type(receiver).__name__}, no receiver"
                yield Problem(self.place, cause, 'give one, such as Slack("#team", url_file=…)')
        for role, base in (("dashboards", self.links.dashboards), ("runbooks", self.links.runbooks)):
            if not is_a(base, str) or not _BASE_ADDRESS.fullmatch(base):
                cause = f"{role}={shown_address(base)} is no base address"
                yield Problem(self.place, cause, 'give one such as "https://grafana.example.com"')
        for cause, remedy in budget_faults(self.series_budget, "the stack"):
            yield Problem(self.place, cause, remedy)
        if not is_address(self.exporter):
            cause = f"exporter={shown_address(self.exporter)} is no address"
            yield Problem(self.place, cause, "give host:port of the exporter")


def _without_slash(base: str) -> str:
    return base.rstrip("/") if is_a(base, str) else base


def _contradicting_teams(services: Iterable[Service]) -> Iterator[Problem]:
    teams: dict[str, list[Team]] = {}
    for team in (service.team for service in services if is_a(service.team, Team)):
        if _is_contradicted(team, teams):
            yield team.problem(f"there are two teams {team.name!r} with different receivers", "declare the team once")
        _remember(team, teams)


def _contradicting_dependencies(services: Iterable[Service]) -> Iterator[Problem]:
    known: dict[str, list[Dependency]] = {}
    for service in services:
        own = [one for one in service.uses if is_a(one, Dependency)] if is_list(service.uses) else []
        for one in own:
            if _is_contradicted(one, known):
                yield one.problem(
                    f"{one.name!r} is declared twice, differently", "declare it once and use that object in both"
                )
        for one in own:
            _remember(one, known)


def _is_contradicted(one: _Owned, known: Mapping[str, list[_Owned]]) -> bool:
    return any(other != one for other in known.get(str(one.name), ()))


def _remember(one: _Owned, known: dict[str, list[_Owned]]) -> None:
    """Equal ones once: a thousand services may use the same."""
    alike = known.setdefault(str(one.name), [])
    if one not in alike:
        alike.append(one)
