"""Declared budgets of series, and what is over them."""

from collections.abc import Iterator
from dataclasses import dataclass

from watchbill.problem import Place
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.rules import OVER_BUDGET
from watchbill_stack.check.site import Site
from watchbill_stack.cost.estimate import Estimate
from watchbill_stack.cost.job import Job
from watchbill_stack.cost.prediction import Prediction, predict

_DEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A declared number of series, beside the predicted one; `owner` is a service's name, empty for the stack."""

    owner: str
    declared: int
    predicted: int
    place: Place
    dearest: tuple[tuple[Estimate, int], ...]
    """The metrics that cost most, each with its series on all targets."""

    @property
    def headroom(self) -> int:
        """Series that are left; below 0 when it is exceeded."""
        return self.declared - self.predicted


def budgets(prediction: Prediction) -> Iterator[Budget]:
    """Every declared budget, the services' first."""
    by_service: dict[str, list[Job]] = {}
    for job in prediction.jobs:
        by_service.setdefault(job.service, []).append(job)
    for service in prediction.stack.services:
        if service.series_budget is not None:
            jobs = by_service.get(service.name, [])
            yield _budget(service.name, service.series_budget, service.place, jobs)
    if prediction.stack.series_budget is not None:
        yield _budget("", prediction.stack.series_budget, prediction.stack.place, list(prediction.jobs))


def findings(stack: Stack, profile: Profile) -> Iterator[Finding]:
    """One finding for each budget that is exceeded; nothing is computed where none is declared."""
    if stack.series_budget is None and all(service.series_budget is None for service in stack.services):
        return
    for budget in budgets(predict(stack, profile)):
        if budget.headroom < 0:
            yield _finding(budget)


def _budget(owner: str, declared: int, place: Place, jobs: list[Job]) -> Budget:
    series: dict[str, int] = {}
    estimates: dict[str, Estimate] = {}
    for job in jobs:
        for one in job.estimates:
            series[one.name] = series.get(one.name, 0) + job.targets * one.most
            if one.name not in estimates or estimates[one.name].most < one.most:
                estimates[one.name] = one
    dearest = sorted(series, key=lambda name: -series[name])[:_DEAREST]
    return Budget(
        owner=owner,
        declared=declared,
        predicted=sum(series.values()),
        place=place,
        dearest=tuple((estimates[name], series[name]) for name in dearest),
    )


def _finding(budget: Budget) -> Finding:
    whose = f"service {budget.owner!r}" if budget.owner else "the stack"
    dearest = "; ".join(f"{one.name} {series:,} ({_labels(one)})" for one, series in budget.dearest)
    site = Site(role="budget", name="series_budget", service=budget.owner, place=budget.place, declared=budget.place)
    return Finding(
        rule=OVER_BUDGET,
        site=site,
        message=f"{whose} may have {budget.predicted:,} series, {-budget.headroom:,} over its budget of "
        f"{budget.declared:,}. The dearest: {dearest}. Lower label_limits, or raise series_budget",
    )


def _labels(one: Estimate) -> str:
    width = f"{one.width} series each of " if one.width > 1 else ""
    return width + (" × ".join(f"{label.name} {label.most}" for label in one.labels) or "no labels")
