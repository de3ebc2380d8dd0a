"""An alert: a condition, whom it hurts, whom it wakes, what they do first, and how it is tested."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from watchbill.burn_rate import Severity
from watchbill.catalogue import ENV, SERVICE, Label
from watchbill.catalogue.watching import SEVERITY
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.problem import Place
from watchbill.service import Service
from watchbill.team import Team
from watchbill_alerts.labels import TEAM
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.trial import Trial

AlertSeverity = Severity | Literal["none"]
Role = Literal["symptom", "cause", "consequence", "watching"]
STACK = "stack"
"""Where rules and runbooks stand that belong to no single service."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel of a service's overview dashboard that shows what the alert is about, by its key.

    `narrowed` are values of the dashboard's variables, which are called after labels of the catalogue.
    """

    service: Service
    key: str
    narrowed: Mapping[Label, str] = field(default_factory=dict[Label, str])


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alerting rule and all that belongs to it.

    `pending` is in seconds. A `symptom` is what users feel and a `cause` may silence it; a `consequence` outlasts both;
    `watching` is about the watching itself. `scope` tells alerts of one name apart: an objective, a dependency.
    `place` is the line that made it, `declared` the line of the stack file that asked for it, `suppressed` the reasons
    why findings of `watchbill check` do not count, by the rule's id.
    """

    name: str
    expression: Expression
    severity: AlertSeverity
    role: Role
    team: Team
    summary: str
    description: str
    runbook: Runbook
    panel: Panel
    trials: tuple[Trial, ...]
    pending: float = 0
    service: Service | None = None
    scope: str = ""
    own_labels: Mapping[Label, str] = field(default_factory=dict[Label, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)
    declared: Place | None = field(default=None, repr=False, compare=False)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def texts(self) -> Mapping[str, str]:
        """What Prometheus fills in for people, by what it is, under the names of the catalogue."""
        first = self.runbook.page.first.template
        return {"summary": self.summary, "description": self.description, "first step": first, **self.annotations}

    @property
    def labels(self) -> Mapping[Label, str]:
        """The labels the rule adds to those its expression carries."""
        of_service = {} if self.service is None else {SERVICE: self.service.name, ENV: self.service.env}
        return {SEVERITY: self.severity, TEAM: self.team.name, **of_service, **self.own_labels}

    @property
    def names(self) -> Names:
        """The names profile its expression is written under."""
        return CLASSIC if self.service is None else self.service.names

    @property
    def folder(self) -> str:
        """The folder of its runbook page: its service, or the stack."""
        return STACK if self.service is None else self.service.name
