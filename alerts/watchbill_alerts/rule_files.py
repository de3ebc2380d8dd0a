"""All rules of a stack, by file: one for each service, and one for what belongs to none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_DURATION, PG_COLLECTOR_SUCCESS, PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_DURATION, REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.dependency import Dependency, Postgres, Redis
from watchbill.errors import InvalidDeclaration
from watchbill.links import Links
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill.threshold import MaxErrorRatio, MaxLatency
from watchbill_alerts.alert import STACK, Alert
from watchbill_alerts.error_budget_burn import error_budget_burns
from watchbill_alerts.error_budget_exhausted import error_budgets_exhausted
from watchbill_alerts.exporter_collector_failing import exporter_collector_failing
from watchbill_alerts.exporter_down import exporter_down
from watchbill_alerts.high_error_ratio import high_error_ratio
from watchbill_alerts.high_latency import high_latency
from watchbill_alerts.objective_not_measured import objectives_not_measured
from watchbill_alerts.objective_records import objective_groups
from watchbill_alerts.own_alert import own_alerts
from watchbill_alerts.policy import distinct, with_policy
from watchbill_alerts.postgres_down import postgres_down
from watchbill_alerts.redis_down import redis_down
from watchbill_alerts.rule_group import RuleGroup
from watchbill_alerts.target_absent import target_absent
from watchbill_alerts.target_down import target_down
from watchbill_alerts.watchdog import watchdog

RuleFiles = Mapping[str, tuple[RuleGroup, ...]]


def rule_files(stack: Stack, profile: Profile, links: Links | None = None) -> RuleFiles:
    """The groups of each rule file, by the file's name without ending.

    Raises InvalidDeclaration for alerts that cannot be told apart.
    """
    files = rule_groups(stack, profile)
    distinct(alert for groups in files.values() for group in groups for alert in group.alerts)
    return {name: tuple(_placed(group, links or stack.links) for group in groups) for name, groups in files.items()}


def rule_groups(stack: Stack, profile: Profile) -> RuleFiles:
    """The groups of each rule file as their families make them: without annotations, whether or not all is well."""
    files = {service.name: tuple(service_groups(service, profile)) for service in stack.services}
    return files | {STACK: tuple(stack_groups(stack, profile))}


def alerts_of(stack: Stack, profile: Profile, links: Links | None = None) -> tuple[Alert, ...]:
    """Every alert of a stack, in the order of the rule files; links are the stack's unless given."""
    files = rule_files(stack, profile, links)
    return tuple(alert for groups in files.values() for group in groups for alert in group.alerts)


def _placed(group: RuleGroup, links: Links) -> RuleGroup:
    rules = tuple(with_policy(rule, links) if isinstance(rule, Alert) else rule for rule in group.rules)
    return replace(group, rules=rules)


def service_groups(service: Service, profile: Profile) -> Iterator[RuleGroup]:
    """The groups of a service's rule file."""
    yield RuleGroup(
        name=f"{service.name} targets", rules=(target_down(service, profile), target_absent(service, profile))
    )
    yield from objective_groups(service, profile)
    if service.objectives:
        rules = (
            *error_budget_burns(service, profile),
            *error_budgets_exhausted(service, profile),
            *objectives_not_measured(service, profile),
        )
        yield RuleGroup(name=f"{service.name} objectives", rules=rules)
    thresholds = tuple(_threshold_alerts(service, profile))
    if thresholds:
        yield RuleGroup(name=f"{service.name} thresholds", rules=thresholds)
    own = tuple(own_alerts(service, profile))
    if own:
        yield RuleGroup(name=f"{service.name} own alerts", rules=own)


def _threshold_alerts(service: Service, profile: Profile) -> Iterator[Alert]:
    for threshold in service.thresholds:
        match threshold:
            case MaxErrorRatio():
                yield high_error_ratio(service, threshold, profile)
            case MaxLatency():
                yield high_latency(service, threshold, profile)
            case _:
                kind = type(threshold).__name__
                raise InvalidDeclaration(f"threshold {kind}", ["no alert is known for it"])


def stack_groups(stack: Stack, profile: Profile) -> Iterator[RuleGroup]:
    """The groups of what belongs to no service."""
    yield RuleGroup(name="watchdog", rules=(watchdog(stack),))
    if stack.dependencies:
        alerts = [alert for one in stack.dependencies for alert in _dependency_alerts(stack, one, profile)]
        yield RuleGroup(name="dependencies", rules=tuple(alerts))
        yield RuleGroup(name="exporter", rules=(exporter_down(stack, profile),))


def _dependency_alerts(stack: Stack, dependency: Dependency, profile: Profile) -> Iterator[Alert]:
    match dependency:
        case Redis():
            yield redis_down(stack, dependency, profile)
            yield exporter_collector_failing(
                stack, dependency, REDIS_UP, REDIS_COLLECTOR_SUCCESS, REDIS_COLLECTOR_DURATION, profile
            )
        case Postgres():
            yield postgres_down(stack, dependency, profile)
            yield exporter_collector_failing(
                stack, dependency, PG_UP, PG_COLLECTOR_SUCCESS, PG_COLLECTOR_DURATION, profile
            )
        case _:
            kind = type(dependency).__name__
            raise InvalidDeclaration(f"dependency {kind}", ["no alert is known for it"])
