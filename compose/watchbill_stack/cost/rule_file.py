"""The rules of one file as text, and which files say the same of different services."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from watchbill.catalogue import SERVICE
from watchbill_alerts.alert import STACK, Alert
from watchbill_alerts.recording import Recording
from watchbill_alerts.rule_group import RuleGroup
from watchbill_stack.check.built import Built
from watchbill_stack.cost.job import Job

_OWN_NAME = '"\0"'


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule and its expression under its service's names."""

    rule: Recording | Alert
    text: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """`service` is empty for the stack's own rules. Files of one `shape` cost the same, service by service."""

    service: str
    groups: tuple[tuple[RuleGroup, tuple[RuleText, ...]], ...]
    shape: int


def rule_files(built: Built, scraped: Iterable[Job]) -> Iterator[RuleFile]:
    """Every file; services are alike when their targets have the same metrics and their rules differ in names alone."""
    jobs = {job.service: job for job in scraped if job.kind == "service"}
    shapes: dict[object, int] = {}
    for name, groups in built.files.items():
        service = "" if name == STACK else name
        read = tuple((group, tuple(map(_text, group.rules))) for group in groups)
        shape = (_of_job(jobs.get(service)), tuple(_of_group(group, rules, service) for group, rules in read))
        yield RuleFile(service, read, shapes.setdefault(shape, len(shapes)))


def without_name(text: str, service: str) -> str:
    """An expression as it would be for any service."""
    return text.replace(f'"{service}"', _OWN_NAME) if service else text


def _text(rule: Recording | Alert) -> RuleText:
    return RuleText(rule, rule.expression.promql(rule.names))


def _of_job(job: Job | None) -> object:
    return None if job is None else (id(job.estimates), job.targets, job.env, job.interval)


def _of_group(group: RuleGroup, rules: Iterable[RuleText], service: str) -> object:
    return group.interval, tuple(_of_rule(one, service) for one in rules)


def _of_rule(one: RuleText, service: str) -> object:
    rule = one.rule
    name = rule.name if isinstance(rule, Alert) else rule.names.metric(rule.metric)
    labels = tuple((label.name, value) for label, value in rule.labels.items() if label != SERVICE)
    return name, without_name(one.text, service), labels
