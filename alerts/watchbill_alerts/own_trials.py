"""Tests of a team's own alerts: derived from the limit where that can be done, and the team's own examples."""

from collections.abc import Iterator
from math import ceil

from watchbill import duration
from watchbill.catalogue import METRICS, SERVICE, Label, Metric, Origin, Synthetic
from watchbill.example import Example
from watchbill.expression import Absent, Raw
from watchbill.expression.scoping import parts_of, scoped
from watchbill.expression.token import tokens
from watchbill.own_alert import OwnAlert
from watchbill.promql import parse
from watchbill.service import Service
from watchbill_alerts.feed import fed
from watchbill_alerts.traffic import target_of
from watchbill_alerts.trial import STEP, Case, Series, Trial, never_existed

_FROM_NOTHING = frozenset({"absent", "absent_over_time", "vector"})


def trials(service: Service, own: OwnAlert) -> tuple[Trial, ...]:
    """Every test there is; what no test covers is a finding of `watchbill check`."""
    written = [_of_example(service, example, case) for example in own.examples for case in _cases(example)]
    found = [*_derived(service, own), *written]
    if not _needs_nothing(own) and all(trial.case is not Case.NEVER_EXISTED for trial in written):
        found.append(never_existed())
    return tuple(found)


def _derived(service: Service, own: OwnAlert) -> Iterator[Trial]:
    """That it fires beyond its limit and stays silent within it, where both can be fed."""
    if own.limit is None or own.direction is None:
        return
    expression = scoped(own.expression, SERVICE.equals(service.name), among=service.metrics)
    above, limit = own.direction == "above", own.limit
    beyond, within = (fed(expression, limit, service, above=above, beyond=beyond) for beyond in (True, False))
    if beyond is not None and within is not None:
        yield Trial(case=Case.FIRES, series=beyond.series, fires=beyond.carries, settle=beyond.settle)
        yield Trial(case=Case.HEALTHY, series=within.series, settle=within.settle)


def _needs_nothing(own: OwnAlert) -> bool:
    """Whether it may fire without any series."""
    for part in parts_of(own.expression):
        if isinstance(part, Absent):
            return True
        if isinstance(part, Raw) and not _FROM_NOTHING.isdisjoint(token.text for token in tokens(part.text)):
            return True
    return False


def _cases(example: Example) -> tuple[Case, ...]:
    """What an example shows; one that fires without any series also shows what happens where nothing ever was."""
    nothing = () if example.series else (Case.NEVER_EXISTED,)
    return (Case.FIRES, *nothing) if example.fires else nothing or (Case.HEALTHY,)


def _of_example(service: Service, example: Example, case: Case) -> Trial:
    series = tuple(_series(service, selector, values) for selector, values in example.series.items())
    labels = {label.name: label for one in series for label in one.labels}
    fires = {labels.get(name, _stranger(name)): value for name, value in example.labels.items()}
    return Trial(
        case=case,
        series=series,
        fires=fires if example.fires else None,
        at=ceil(duration.seconds(example.after) / STEP) if example.after else None,
    )


def _series(service: Service, selector: str, values: str) -> Series:
    """A series as the service would expose it: the labels of its target stand beside those that are written."""
    tree = parse(selector)
    import promql_parser

    assert isinstance(tree, promql_parser.VectorSelector), "the example checked it"  # noqa: S101  cannot be otherwise
    written = {one.name: one.value for one in tree.matchers.matchers}
    metric, suffix = _metric(service, tree.name or written.pop("__name__", ""))
    labels = {label.name: label for label in (*target_of(service), *metric.labels)}
    own = {labels.get(name, _stranger(name)): value for name, value in written.items()}
    return Series(metric, {**target_of(service), **own}, lambda _: values, suffix)


def _metric(service: Service, name: str) -> tuple[Metric, str]:
    for metric in (*service.metrics, *METRICS.values()):
        if name in metric.series:
            return metric, name[len(metric.name) :]
    return Synthetic(name=name, help="Not declared."), ""


def _stranger(name: str) -> Label:
    """A label that no metric declares; nobody renames it."""
    return Label(name=name, help="Not declared.", bound=1, origin=Origin.EXTERNAL)
