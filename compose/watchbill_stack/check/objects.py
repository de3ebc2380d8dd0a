"""What is wrong with the objects of a stack: texts, owners, tests, routes, links, recorded names."""

from collections.abc import Iterator, Mapping

from watchbill.flow.flow import Inference
from watchbill_stack.check.alert_findings import alert_findings
from watchbill_stack.check.built import Built
from watchbill_stack.check.dashboard_findings import dashboard_findings
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.notification_findings import notification_findings, unrouted_alerts
from watchbill_stack.check.objective_findings import objective_findings
from watchbill_stack.check.recording_findings import recording_findings, unused_recordings
from watchbill_stack.check.site import Site
from watchbill_stack.check.target_findings import target_findings
from watchbill_stack.check.text_findings import text_findings
from watchbill_stack.check.unused import unused_metrics
from watchbill_stack.cost import budget


def findings_of_part(built: Built, inferences: Mapping[Site, Inference], read: tuple[Site, ...]) -> Iterator[Finding]:
    """What is found where a part of a stack is looked at alone; `read` are all its sites, with an expression or not."""
    yield from objective_findings(read)
    yield from text_findings(read, inferences)
    yield from alert_findings(built, read, inferences)
    yield from recording_findings(built, read, inferences)
    yield from dashboard_findings(built, read, inferences)
    yield from target_findings(built.stack, read)
    yield from unrouted_alerts(built, read, inferences)


def findings_of_whole(built: Built, evidence: Evidence) -> Iterator[Finding]:
    """What is found where all of a stack is known; `evidence` is that of all its parts."""
    yield from unused_recordings(built, evidence)
    yield from notification_findings(built, evidence)
    yield from unused_metrics(built.stack, evidence)
    yield from budget.findings(built.stack, built.profile)
