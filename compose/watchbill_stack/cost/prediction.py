"""What a stack will cost, predicted from its declarations alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.check.built import Built
from watchbill_stack.check.garbage import without_collections
from watchbill_stack.cost.emitted import undeclared
from watchbill_stack.cost.job import Job
from watchbill_stack.cost.reading import Reader, Reading
from watchbill_stack.cost.rule_file import RuleFile, rule_files
from watchbill_stack.cost.scraped import Scraped
from watchbill_stack.cost.supply import Supply
from watchbill_stack.cost.written import written

BYTES_PER_SAMPLE = 2.0
"""On disk, compressed, with its share of the index: the upper end of the 1 to 2 bytes that Prometheus' documentation
gives for an average (Storage, operational aspects)."""

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Prediction:
    """The jobs of a stack with their series, and what its rules and dashboards read of them."""

    stack: Stack
    profile: Profile
    jobs: tuple[Job, ...]
    built: Built
    files: tuple[RuleFile, ...]
    reader: Reader
    bytes_per_sample: float = BYTES_PER_SAMPLE

    @cached_property
    def series(self) -> int:
        """Series at worst."""
        return sum(job.series for job in self.jobs)

    @cached_property
    def likely(self) -> int:
        """Series to be expected, of those metrics of which the stack file tells enough."""
        return sum(job.likely for job in self.jobs)

    @cached_property
    def untold(self) -> int:
        """How many metrics of jobs have no expectation."""
        return sum(job.untold for job in self.jobs)

    @property
    def samples_per_second(self) -> float:
        """Samples that Prometheus appends each second at worst."""
        return sum(job.samples_per_second for job in self.jobs)

    @property
    def likely_samples_per_second(self) -> float:
        """Samples that Prometheus appends each second as far as can be expected."""
        return sum(job.likely_samples_per_second for job in self.jobs)

    def bytes_of(self, samples_per_second: float) -> float:
        """Bytes on disk that a day of so many samples adds."""
        return samples_per_second * SECONDS_PER_DAY * self.bytes_per_sample

    @property
    def bytes_per_day(self) -> float:
        """Bytes on disk that a day adds at worst."""
        return self.bytes_of(self.samples_per_second)

    @cached_property
    def rules(self) -> tuple[Reading, ...]:
        """What rules read."""
        with without_collections():
            return tuple(self.reader.rules(self.files))

    @cached_property
    def panels(self) -> tuple[Reading, ...]:
        """What dashboards read; each is built for it."""
        with without_collections():
            return tuple(self.reader.panels(self.built, self.files))

    def assumptions(self) -> Iterator[str]:
        """What the numbers take for granted."""
        yield "at worst every label takes as many values as its bound or label_limits allow, in every combination"
        yield "each process keeps label_limits for itself: several workers of a target may together have more values"
        yield "expected numbers are of metrics alone whose labels are closed, limited, or told by `uses`"
        untargeted = [service.name for service in self.stack.services if not service.targets]
        if untargeted:
            yield f"one target each, because the stack file names none: {_some(untargeted)}"
        silent: dict[tuple[str, ...], list[str]] = {}
        for service in self.stack.services:
            parts = tuple(dict.fromkeys(part.name for part in undeclared(service)))
            silent.setdefault(parts, []).append(service.name)
        for parts, services in silent.items():
            if parts:
                yield (
                    f"not counted, as the stack file says nothing of it: {', '.join(parts)} ({_some(services)}); "
                    "label_limits of one of its labels counts it"
                )
        yield "not counted: what Prometheus and Alertmanager say of themselves, and collectors of an application's own"
        yield f"{self.bytes_per_sample:g} bytes a sample on disk"


def predict(stack: Stack, profile: Profile, *, bytes_per_sample: float = BYTES_PER_SAMPLE) -> Prediction:
    """The cost of a stack whose declarations are right; what rules and panels read is worked out when it is asked."""
    with without_collections():
        scraped = tuple(Scraped(profile).jobs(stack))
        supply, built = Supply(scraped), Built.of(stack, profile)
        files = tuple(rule_files(built, scraped))
        jobs = (*scraped, *written(files, supply, profile.evaluation_interval))
    return Prediction(stack, profile, jobs, built, files, Reader(supply, profile), bytes_per_sample)


def _some(names: list[str], shown: int = 3) -> str:
    listed = ", ".join(names[:shown])
    return f"{listed} and {len(names) - shown} more" if len(names) > shown else listed
