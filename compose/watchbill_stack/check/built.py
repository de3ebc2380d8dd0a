"""What a stack is built to, as objects: its rule groups and its dashboards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from watchbill.links import overview_uid
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.rule_files import RuleFiles, rule_groups
from watchbill_alerts.rule_group import RuleGroup
from watchbill_stack.check.board import Board, Dashboards


@dataclass(frozen=True, kw_only=True, eq=False)
class Built:
    """Rule groups by the name of their file, the overview dashboard of each service by the service's name.

    A part holds those of some services, or those that belong to none, and knows the `whole`.
    """

    stack: Stack
    profile: Profile
    files: RuleFiles
    dashboards: Dashboards
    whole: "Built | None" = None
    boards: dict[str, Board] = field(default_factory=dict[str, Board])

    @classmethod
    def of(cls, stack: Stack, profile: Profile) -> "Built":
        """The same objects each time for one stack and profile."""
        return _built(stack, profile)

    @property
    def everything(self) -> "Built":
        """The whole that this is, or is a part of."""
        return self.whole or self

    @property
    def services(self) -> tuple[Service, ...]:
        """The services whose files it holds, in the order of the stack."""
        return tuple(service for service in self.stack.services if service.name in self.dashboards)

    def part(self, *names: str) -> "Built":
        """What was built for some rule files: those of services, or that of the stack's own."""
        return Built(
            stack=self.stack,
            profile=self.profile,
            files={name: self.files[name] for name in names},
            dashboards=self.dashboards.some(names),
            whole=self.everything,
        )

    def board(self, service: str) -> Board | None:
        """What links may lead to on a service's dashboard; None where the stack has no such service."""
        boards = self.everything.boards
        if service not in boards and service in self.everything.dashboards:
            boards[service] = Board.of(self.everything.dashboards[service])
        return boards.get(service)

    def board_at(self, uid: str) -> Board | None:
        """What links may lead to on the dashboard of a uid."""
        service = self.everything.by_uid.get(uid)
        return None if service is None else self.board(service)

    @cached_property
    def by_uid(self) -> Mapping[str, str]:
        """The service of each dashboard by the dashboard's uid."""
        return {overview_uid(service): service for service in self.dashboards}

    @cached_property
    def runbooks(self) -> frozenset[str]:
        """The address of each alert's runbook."""
        return frozenset(self.stack.links.runbook(alert.folder, alert.name) for alert in self.alerts)

    @property
    def groups(self) -> Iterator[RuleGroup]:
        """Every rule group, file by file."""
        for groups in self.files.values():
            yield from groups

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert, in the order of the rule files."""
        return tuple(alert for group in self.groups for alert in group.alerts)


@lru_cache(maxsize=2)
def _built(stack: Stack, profile: Profile) -> Built:
    return Built(stack=stack, profile=profile, files=rule_groups(stack, profile), dashboards=Dashboards(stack.services))
