"""The prediction added up by metric, service or target, beside what is really there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchbill.service import Service
from watchbill_stack.cost.actual import Actual, owner_of
from watchbill_stack.cost.emitted import undeclared
from watchbill_stack.cost.estimate import Estimate
from watchbill_stack.cost.job import Job
from watchbill_stack.cost.label_count import LabelCount
from watchbill_stack.cost.prediction import Prediction

STACK_RULES = "rules of the stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`most` and `likely` are predicted series, `actual` those that a Prometheus holds; None is unknown.

    Of `untold` metrics nothing is expected, and `likely` leaves them out. `targets` is how many targets were added up.
    A metric that a target exposes and the prediction does not know has a `most` of 0. `labels`, `width` and `because`
    are those of the dearest of the estimates added up.
    """

    name: str
    most: int = 0
    likely: int | None = 0
    untold: int = 0
    samples_per_second: float = 0.0
    targets: int = 0
    labels: tuple[LabelCount, ...] = ()
    width: int = 1
    because: str = ""
    actual: int | None = None

    @property
    def ratio(self) -> float | None:
        """Actual series over those predicted at worst."""
        return self.actual / self.most if self.actual is not None and self.most else None


def by_metric(prediction: Prediction, actual: Actual | None) -> tuple[Line, ...]:
    """A line for each metric's exposed name, and for each that is there and not predicted."""
    members: dict[str, list[tuple[Job, Estimate]]] = {}
    base = {} if actual is None else _undeclared(prediction.stack.services)
    for job in prediction.jobs:
        for one in job.estimates:
            members.setdefault(one.name, []).append((job, one))
            if actual is not None:
                base.update(dict.fromkeys(one.names, one.name))
    held = _held(prediction.jobs, base, actual) if actual is not None else None
    lines = [_of_metric(name, found, held) for name, found in members.items()]
    unknown = [Line(name=name, actual=count) for name, count in (held or {}).items() if name not in members]
    return _sorted([*lines, *unknown])


def by_service(prediction: Prediction, actual: Actual | None) -> tuple[Line, ...]:
    """A line for each service and dependency, with the rules about it, and for what belongs to none."""
    members: dict[str, list[Job]] = {}
    for job in prediction.jobs:
        members.setdefault(_whose(job), []).append(job)
    return _sorted(_of_jobs(name, jobs, actual) for name, jobs in members.items())


def by_target(prediction: Prediction, actual: Actual | None) -> tuple[Line, ...]:
    """A line for each target, alone."""
    return _sorted(
        Line(
            name=f"{job.owner} {address}".strip(),
            most=job.series // job.targets,
            likely=job.likely // job.targets,
            untold=job.untold,
            samples_per_second=job.samples_per_second / job.targets,
            targets=1,
            actual=None if actual is None else actual.targets.get(owner_of(job), {}).get(address, 0),
        )
        for job in prediction.jobs
        if job.kind != "rules"
        for address in job.addresses or ("",)
    )


def _of_metric(name: str, found: list[tuple[Job, Estimate]], held: Mapping[str, int] | None) -> Line:
    dearest = max((one for _, one in found), key=lambda one: one.most)
    likely = [None if one.likely is None else job.targets * one.likely for job, one in found]
    return Line(
        name=name,
        most=sum(job.targets * one.most for job, one in found),
        likely=None if None in likely else sum(one for one in likely if one is not None),
        samples_per_second=sum(job.targets * one.most / job.interval for job, one in found),
        targets=sum(job.targets for job, _ in found if job.kind != "rules"),
        labels=dearest.labels,
        width=dearest.width,
        because=dearest.because,
        actual=None if held is None else held.get(name, 0),
    )


def _of_jobs(name: str, jobs: list[Job], actual: Actual | None) -> Line:
    owners = {owner_of(job) for job in jobs}
    return Line(
        name=name,
        most=sum(job.series for job in jobs),
        likely=sum(job.likely for job in jobs),
        untold=sum(job.untold for job in jobs),
        samples_per_second=sum(job.samples_per_second for job in jobs),
        targets=sum(job.targets for job in jobs if job.kind != "rules"),
        actual=None if actual is None else sum(sum(actual.series.get(owner, {}).values()) for owner in owners),
    )


def _held(jobs: Iterable[Job], base: Mapping[str, str], actual: Actual) -> dict[str, int]:
    """Actual series of the declared owners by their metric's exposed name, of each owner once."""
    found: dict[str, int] = {}
    for owner in {owner_of(job) for job in jobs}:
        for name, count in actual.series.get(owner, {}).items():
            metric = base.get(name, name)
            found[metric] = found.get(metric, 0) + count
    return found


def _undeclared(services: Iterable[Service]) -> dict[str, str]:
    """The metric of each series that would be there if the services used what the stack file says nothing of."""
    found: dict[str, str] = {}
    for service in services:
        for part in undeclared(service):
            for metric in part.metrics:
                name = service.names.metric(metric)
                found.update((name + suffix, name) for suffix in metric.suffixes)
    return found


def _whose(job: Job) -> str:
    if job.kind == "rules":
        return job.service or job.dependency or STACK_RULES
    return job.owner


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The dearest first: by what is there where that is known, else by the worst case."""

    def rank(line: Line) -> tuple[int, int, str]:
        return -(line.actual or 0), -line.most, line.name

    return tuple(sorted(lines, key=rank))
