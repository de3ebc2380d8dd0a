"""Where a running stack lives: its folder, its ports, its programs."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from watchbill.dependency import Dependency, Postgres
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill.team import Receiver, Team

PAGE, PROMETHEUS, ALERTMANAGER, EXPORTER = "page", "prometheus", "alertmanager", "exporter"
ENGINES = (PAGE, PROMETHEUS, ALERTMANAGER, EXPORTER)
MONITOR = "watchbill"
"""The PostgreSQL role the exporter signs in as."""


@dataclass(frozen=True, slots=True)
class Site:
    """One run: everything it writes is below `folder`, everything it serves is on loopback."""

    folder: Path
    ports: Mapping[str, int]
    programs: Mapping[str, Path]

    def address(self, name: str) -> str:
        """host:port of a server."""
        return f"127.0.0.1:{self.ports[name]}"

    def url(self, name: str) -> str:
        """The base address of an HTTP server."""
        return f"http://{self.address(name)}"

    def runs(self, name: str) -> bool:
        """Whether this run serves a service or dependency itself."""
        return name in self.ports and name not in ENGINES

    def log(self, name: str) -> Path:
        """The file that keeps what a child prints."""
        return self.folder / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """A server's own folder, closed to other users; made on first use."""
        path = self.folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def rendered(self) -> Path:
        """What the stack renders to, for this run."""
        return self.folder / "stack"

    @property
    def secrets(self) -> Path:
        """The folder of secret files, readable by us alone."""
        return self.folder / "secrets"

    def secret(self, name: str) -> Path:
        """A secret file, filled with a new password on first use."""
        path = self.secrets / name
        if not path.exists():
            write_secret(path, secrets.token_urlsafe(24))
        return path


def write_secret(path: Path, content: str) -> None:
    """Write a file that only we can read, from its first byte on."""
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")


def relocated(stack: Stack, site: Site) -> Stack:
    """The stack as it runs at a site: same services and alerts, other addresses, notifications into the inbox."""
    teams = {team.name: _moved_team(team, site) for team in stack.teams}
    services = [_moved_service(service, teams[service.team.name], site) for service in stack.services]
    watchdog = None if stack.watchdog is None else _moved_receiver(stack.watchdog, "watchdog", site)
    return Stack(
        *services,
        catch_all=_moved_receiver(stack.catch_all, "catch-all", site),
        watchdog=watchdog,
        dashboards=site.url(PAGE),
        runbooks=site.url(PAGE) + "/runbooks",
        exporter=site.address(EXPORTER),
    )


def _moved_team(team: Team, site: Site) -> Team:
    return replace(
        team,
        page=_moved_receiver(team.page, f"{team.name}-page", site),
        ticket=_moved_receiver(team.ticket, f"{team.name}-ticket", site),
    )


def _moved_receiver(receiver: Receiver, name: str, site: Site) -> Receiver:
    return receiver.delivered_to(f"{site.url(PAGE)}/inbox/{name}", site.secrets)


def _moved_service(service: Service, team: Team, site: Site) -> Service:
    targets = (site.address(service.name),) if site.runs(service.name) else tuple(service.targets)
    return replace(
        service,
        team=team,
        env="development",
        targets=targets,
        uses=tuple(_moved_dependency(one, site) for one in service.uses),
    )


def _moved_dependency(dependency: Dependency, site: Site) -> Dependency:
    if not site.runs(dependency.name):
        return dependency
    moved = replace(
        dependency, address=site.address(dependency.name), password_file=str(site.secret(f"{dependency.name}-monitor"))
    )
    return replace(moved, user=MONITOR) if isinstance(moved, Postgres) else moved
