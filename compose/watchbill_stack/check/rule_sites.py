"""Where rules refer to metrics: in their expressions, in the queries of runbooks, and in rule tests."""

from collections.abc import Iterable, Iterator

from watchbill.catalogue import LE
from watchbill_alerts.alert import Alert
from watchbill_alerts.recording import Recording
from watchbill_alerts.rule_group import RuleGroup
from watchbill_alerts.trial import Buckets, Series
from watchbill_stack.check.shown_labels import queries_of_template
from watchbill_stack.check.site import Role, Site

_QUERY = "query"


def rule_sites(service: str, groups: Iterable[RuleGroup]) -> Iterator[Site]:
    """The sites of a rule file, rule by rule."""
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Recording):
                yield _recording(service, rule)
            else:
                yield _alert(service, rule)
                yield from _asked(service, rule)
                yield from _runbook(service, rule)
                yield from _tests(service, rule)


def recording_sites(service: str, groups: Iterable[RuleGroup]) -> Iterator[Site]:
    """The sites of its recording rules alone."""
    for group in groups:
        yield from (_recording(service, rule) for rule in group.rules if isinstance(rule, Recording))


def title(alert: Alert) -> str:
    """The alert's name, with its scope where it has one."""
    return f"{alert.name} ({alert.scope})" if alert.scope else alert.name


def _recording(service: str, rule: Recording) -> Site:
    return Site(
        role="recording",
        name=rule.names.metric(rule.metric),
        service=service,
        place=rule.place,
        declared=rule.declared,
        text=rule.text,
        names=rule.names,
        metric=rule.metric,
        labels={label.name: value for label, value in rule.labels.items()},
        suppressed=rule.suppressed,
        subject=rule,
    )


def _alert(service: str, alert: Alert) -> Site:
    return Site(
        role="alert",
        name=title(alert),
        service=service,
        place=alert.place,
        declared=alert.declared,
        text=alert.expression.promql(alert.names),
        names=alert.names,
        labels={label.name: value for label, value in alert.labels.items()},
        suppressed=alert.suppressed,
        subject=alert,
    )


def _asked(service: str, alert: Alert) -> Iterator[Site]:
    """Queries that the texts of an alert ask while it fires."""
    for name, text in alert.texts.items():
        for query in queries_of_template(text) if _QUERY in text else ():
            yield _query(service, alert, "link", f"in {name}", query)


def _runbook(service: str, alert: Alert) -> Iterator[Site]:
    for fact, query in alert.runbook.queries.items():
        yield _query(service, alert, "runbook", fact, query, alert.runbook)


def _query(service: str, alert: Alert, role: Role, name: str, text: str, subject: object = None) -> Site:
    return Site(
        role=role,
        name=f"{title(alert)}: query {name}",
        service=service,
        place=alert.place,
        declared=alert.declared,
        text=text,
        names=alert.names,
        suppressed=alert.suppressed,
        subject=subject,
    )


def _tests(service: str, alert: Alert) -> Iterator[Site]:
    """One site for each series that a test feeds, whatever its values; all buckets of a histogram are one."""
    seen: set[tuple[object, ...]] = set()
    for trial in alert.trials:
        for fed in trial.series:
            series = fed.first if isinstance(fed, Buckets) else fed
            identity = _identity(series)
            if identity in seen:
                continue
            seen.add(identity)
            yield Site(
                role="test",
                name=f"{title(alert)}: test that it {trial.case.value}",
                service=service,
                place=alert.place,
                declared=alert.declared,
                text=series.text(alert.names),
                names=alert.names,
                metric=series.metric,
                suppressed=alert.suppressed,
                subject=series,
            )


def _identity(series: Series) -> tuple[object, ...]:
    labels = tuple((label.name, value) for label, value in series.labels.items() if label.name != LE.name)
    return series.metric.name, series.suffix, labels
