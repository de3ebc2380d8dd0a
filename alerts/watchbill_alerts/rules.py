"""Prometheus rule files."""

from collections.abc import Iterable, Mapping

from watchbill import duration
from watchbill.catalogue import Label
from watchbill.promql import canonical
from watchbill_alerts.alert import Alert
from watchbill_alerts.recording import Recording
from watchbill_alerts.rule_group import RuleGroup
from watchbill_alerts.yaml_document import yaml_document


def render_rules(groups: Iterable[RuleGroup]) -> str:
    """A rule file that Prometheus 2.42 and vmalert 1.79 read."""
    return yaml_document({"groups": [_group(group) for group in groups]})


def _group(group: RuleGroup) -> dict[str, object]:
    interval = {} if group.interval is None else {"interval": duration.text(group.interval)}
    return {"name": group.name, **interval, "rules": [_rule(rule) for rule in group.rules]}


def _rule(rule: Recording | Alert) -> dict[str, object]:
    if isinstance(rule, Recording):
        return {
            "record": rule.names.metric(rule.metric),
            "expr": canonical(rule.text),
            **({"labels": _labels(rule.labels)} if rule.labels else {}),
        }
    return {
        "alert": rule.name,
        "expr": canonical(rule.expression.promql(rule.names)),
        **({"for": duration.text(rule.pending)} if rule.pending else {}),
        "labels": _labels(rule.labels),
        "annotations": dict(rule.annotations),
    }


def _labels(labels: Mapping[Label, str]) -> dict[str, str]:
    return {label.name: value for label, value in labels.items()}
