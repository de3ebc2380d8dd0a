"""An alert: a condition, whom it hurts, whom it wakes, what they do first, and how it is tested."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from watchbill.burn_rate import Severity
from watchbill.catalogue import ENV, SERVICE, Label
from watchbill.catalogue.watching import SEVERITY
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.service import Service
from watchbill.team import Team
from watchbill_alerts.annotation import labels_shown, shows_value
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
    Raises InvalidDeclaration when a template shows a label that the expression lost, or the summary shows a value.
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

    def __post_init__(self) -> None:
        carried = {label.name for label in (*self.expression.labels, *self.labels)}
        lost = sorted(labels_shown(self.summary + self.description) - carried)
        faults = [
            f"its text shows the label {name!r}, which its expression lost; it carries {sorted(carried)}"
            for name in lost
        ]
        if shows_value(self.summary):
            faults.append("its summary shows a value; values belong into the description, or every value is a new text")
        if faults:
            raise InvalidDeclaration(f"alert {self.name}", faults)

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
