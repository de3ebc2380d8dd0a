"""Alertmanager's configuration: who hears of what, and what silences what."""

from collections.abc import Iterable

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill.team import Receiver
from watchbill_alerts.alert import Alert
from watchbill_alerts.inhibition import inhibitions
from watchbill_alerts.routes import DEAD_MAN, receivers, route_tree
from watchbill_alerts.yaml_document import yaml_document

TEMPLATES = "watchbill.tmpl"


def render_alertmanager(stack: Stack, profile: Profile, alerts: Iterable[Alert]) -> str:
    """alertmanager.yml for Alertmanager 0.25 and later; its templates file stands beside it."""
    return yaml_document(
        {
            "global": {"resolve_timeout": "5m"},
            "templates": [TEMPLATES],
            "route": route_tree(stack, profile),
            "inhibit_rules": [rule.as_document() for rule in inhibitions(stack, alerts)],
            "receivers": [_receiver(name, receiver) for name, receiver in receivers(stack).items()],
        }
    )


def _receiver(name: str, receiver: Receiver | None) -> dict[str, object]:
    if receiver is None:
        return {"name": name}
    kind, entry = receiver.integration()
    # A dead-man's switch counts signals; "resolved" would be one too many.
    entry = {**entry, "send_resolved": False} if name == DEAD_MAN else dict(entry)
    return {"name": name, kind: [entry]}
