"""What alerts on dependencies share: the probe, its owner, and whom a fault hurts."""

from collections.abc import Callable
from dataclasses import dataclass

from watchbill.catalogue import DEPENDENCY, JOB, Gauge, Label, Matcher
from watchbill.catalogue.watching import UP
from watchbill.dependency import Dependency
from watchbill.expression import Expression, select
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill.team import Team
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.enumeration import listed
from watchbill_alerts.runbook import Fact, Runbook
from watchbill_alerts.span import held
from watchbill_alerts.traffic import EXPORTER, EXPORTER_JOB, probe_of
from watchbill_alerts.trial import Case, Series, Trial, blip, level, never_existed

_PENDING = 60


@dataclass(frozen=True, slots=True)
class Probe:
    """A dependency of a stack as the exporter sees it; `up` says whether it answered."""

    stack: Stack
    dependency: Dependency
    up: Gauge

    @property
    def conditions(self) -> tuple[Matcher, ...]:
        """Only series of this probe."""
        return JOB.equals(self.dependency.kind), DEPENDENCY.equals(self.dependency.name)

    @property
    def labels(self) -> dict[Label, str]:
        """What alerts about it are labelled with."""
        return {DEPENDENCY: self.dependency.name}

    @property
    def dependants(self) -> tuple[Service, ...]:
        """The services it hurts, the most important first."""
        return tuple(sorted(self.stack.dependants[self.dependency.name], key=lambda service: service.tier))

    @property
    def hurt(self) -> str:
        """The names of those services, for a sentence."""
        return listed(service.name for service in self.dependants)

    @property
    def owner(self) -> Team:
        """Who is told."""
        return self.stack.owner(self.dependency)

    def is_down(self) -> Expression:
        """The server does not answer, or its probe fails; nothing is known while the exporter itself is down."""
        exporter_down = select(UP, JOB.equals(EXPORTER_JOB)).equal_to(0)
        probe_fails = select(UP, *self.conditions).equal_to(0).unless(exporter_down, on=())
        return select(self.up, *self.conditions).equal_to(0).or_(probe_fails)

    def down_alert(
        self,
        profile: Profile,
        *,
        name: str,
        reason: Gauge,
        consequence: str,
        family: Callable[..., Alert],
        **facts: Fact,
    ) -> Alert:
        """The alert on a server that does not answer; `family` is the function whose docstring is its runbook."""
        pending = profile.pending(_PENDING)
        return Alert(
            name=name,
            expression=self.is_down(),
            severity="critical",
            role="cause",
            team=self.owner,
            declared=self.dependency.place,
            scope=self.dependency.name,
            own_labels=self.labels,
            pending=pending,
            summary=f'The {self.dependency.title} "{self.dependency.name}" does not answer.',
            description=(
                f"{self.dependency.address} has not answered the exporter {held(pending)}. It is used by {self.hurt}:"
                f" users {consequence}."
            ),
            runbook=Runbook.of(
                family,
                **self.facts(),
                **facts,
                held=held(pending),
                reason=select(reason, *self.conditions),
            ),
            panel=Panel(self.dependants[0], "dependencies"),
            trials=self.down_trials(),
        )

    def facts(self) -> dict[str, Fact]:
        """What runbooks say about it."""
        host, _, port = self.dependency.address.rpartition(":")
        return {
            "host": host,
            "port": port,
            "name": self.dependency.name,
            "address": self.dependency.address,
            "hurt": self.hurt,
            "up": self.up.name,
            "scraped": UP.name,
            "state": select(self.up, *self.conditions).or_(select(UP, *self.conditions)),
        }

    def down_trials(self) -> tuple[Trial, ...]:
        """It is down; its probe fails; it is well but for one moment; the exporter is down; it never was."""
        target = probe_of(self.dependency)
        exporter_up, exporter_down = (Series(UP, EXPORTER, level(value)) for value in (1, 0))
        probe_fails = Series(UP, target, level(0))
        return (
            Trial(
                case=Case.FIRES,
                series=(exporter_up, Series(UP, target, level(1)), Series(self.up, target, level(0))),
                fires=target,
            ),
            Trial(case=Case.FIRES, series=(exporter_up, probe_fails), fires=target),
            Trial(
                case=Case.HEALTHY,
                series=(exporter_up, Series(UP, target, level(1)), Series(self.up, target, blip(1, 0))),
            ),
            Trial(case=Case.HEALTHY, series=(exporter_down, probe_fails)),
            never_existed(),
        )
