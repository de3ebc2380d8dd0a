"""What a running Prometheus really holds and spends, by the same owners as the prediction."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from watchbill.catalogue import DEPENDENCY, INSTANCE, JOB, SERVICE
from watchbill.catalogue.watching import ALERTS, ALERTS_FOR_STATE
from watchbill.errors import WatchbillError
from watchbill_stack.address import without_credentials
from watchbill_stack.cost.job import Job, Kind
from watchbill_stack.cost.reading import Reading
from watchbill_stack.cost.selection import NAME

Owner = tuple[Kind | str, str]
RuleKey = tuple[str, str, tuple[tuple[str, str], ...]]
_OTHERS = "others"
_BY = f"{NAME}, {JOB.name}, {SERVICE.name}, {DEPENDENCY.name}"
_COUNT = f'count by ({_BY}) ({{{NAME}!=""}})'
_WRITTEN = f"{ALERTS.name}|{ALERTS_FOR_STATE.name}|.*:.*"
_BY_TARGET = f"{JOB.name}, {INSTANCE.name}, {SERVICE.name}, {DEPENDENCY.name}"
_COUNT_BY_TARGET = f'count by ({_BY_TARGET}) ({{{NAME}!="",{NAME}!~"{_WRITTEN}",{JOB.name}!=""}})'
PATIENCE = 60.0
"""Seconds for one answer."""


class NoPrometheus(WatchbillError):
    """An address does not answer as Prometheus does; the message holds the address and what came instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """`series` by owner and name, and `targets` by owner and address, count those that have a sample now.

    `seconds` are the last evaluation's, by rule.
    """

    series: Mapping[Owner, Mapping[str, int]]
    targets: Mapping[Owner, Mapping[str, int]] = field(default_factory=dict[Owner, dict[str, int]])
    seconds: Mapping[RuleKey, float] = field(default_factory=dict[RuleKey, float])
    head: int = 0
    """Series in memory, those that ended within the last hours included."""

    def of(self, job: Job) -> Mapping[str, int]:
        """Series by name of what a job's targets expose; a rule group's are those of all rules of its owner."""
        return self.series.get(owner_of(job), {})

    @property
    def others(self) -> int:
        """Series of jobs that the stack does not declare."""
        return sum(sum(names.values()) for (kind, _), names in self.series.items() if kind == _OTHERS)

    def seconds_of(self, reading: Reading) -> float | None:
        """How long the last evaluation of a rule took; None where Prometheus has no such rule."""
        return self.seconds.get((reading.group, reading.name, reading.labels))


def owner_of(job: Job) -> Owner:
    """What the series of a job are found by."""
    return job.kind, job.owner if job.kind != "rules" else job.service or job.dependency


def ask(address: str, client: httpx.Client, jobs: Mapping[str, Kind], *, patience: float = PATIENCE) -> Actual:
    """The series and rules of the Prometheus at an address; `jobs` are the declared scrape jobs by name.

    `patience` is the seconds for each whole answer. Raises NoPrometheus.
    """
    api = _Api(address.rstrip("/"), client, patience)
    try:
        return Actual(
            series=_counted(_rows(api.data("/api/v1/query", query=_COUNT), "result"), NAME, jobs),
            targets=_counted(_rows(api.data("/api/v1/query", query=_COUNT_BY_TARGET), "result"), INSTANCE.name, jobs),
            seconds=_seconds(api.data("/api/v1/rules")),
            head=int(api.data("/api/v1/status/tsdb")["headStats"]["numSeries"]),
        )
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise NoPrometheus(
            f"{api.shown} answers in another form than Prometheus ({type(error).__name__}: {error})"
        ) from error


def _counted(rows: Iterable[Mapping[str, Any]], by: str, jobs: Mapping[str, Kind]) -> dict[Owner, dict[str, int]]:
    found: dict[Owner, dict[str, int]] = {}
    for row in rows:
        labels, value = cast("Mapping[str, str]", row["metric"]), row["value"]
        counts = found.setdefault(_owner(labels, jobs), {})
        name = labels.get(by, "")
        counts[name] = counts.get(name, 0) + int(float(value[1]))
    return found


def _owner(labels: Mapping[str, str], jobs: Mapping[str, Kind]) -> Owner:
    service, dependency = labels.get(SERVICE.name, ""), labels.get(DEPENDENCY.name, "")
    job = labels.get(JOB.name)
    if job is None:
        return "rules", service or dependency
    if jobs.get(service) == "service":
        return "service", service
    kind = jobs.get(job)
    if kind == "dependency" and dependency:
        return kind, dependency
    if _is_written(labels.get(NAME, "")):
        return "rules", ""
    return (kind, job) if kind == "exporter" else (_OTHERS, job)


def _is_written(name: str) -> bool:
    """Whether a rule writes series of this name, which may keep the job of what the rule is about."""
    return ":" in name or name in {ALERTS.name, ALERTS_FOR_STATE.name}


def _seconds(data: Mapping[str, Any]) -> dict[RuleKey, float]:
    found: dict[RuleKey, float] = {}
    for group in _rows(data, "groups"):
        for rule in _rows(group, "rules"):
            labels = cast("Mapping[str, str]", rule.get("labels") or {})
            key = str(group.get("name")), str(rule.get("name")), tuple(sorted(labels.items()))
            found[key] = float(rule.get("evaluationTime", 0.0))
    return found


def _rows(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", data.get(key) or [])


@dataclass(frozen=True, slots=True)
class _Api:
    base: str
    client: httpx.Client
    patience: float

    @property
    def shown(self) -> str:
        """Its address for a message."""
        return without_credentials(self.base)

    def data(self, path: str, **parameters: str) -> dict[str, Any]:
        """The data of one answer. Raises NoPrometheus, and what reading an answer of another form raises."""
        try:
            status, body = self._answer(self.base + path, parameters)
        except (httpx.HTTPError, UnicodeError) as error:
            raise NoPrometheus(f"{self.shown} does not answer: {type(error).__name__}: {error}") from error
        try:
            answer = cast("dict[str, Any]", json.loads(body))
        except (ValueError, RecursionError) as error:
            raise NoPrometheus(f"{self.shown}{path} answers {status} and no JSON: is it a Prometheus?") from error
        if answer["status"] != "success":
            raise NoPrometheus(f"{self.shown}{path} answers {status}: {answer['error']}")
        return cast("dict[str, Any]", answer["data"])

    def _answer(self, url: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        end = time.monotonic() + self.patience
        body = bytearray()
        with self.client.stream("GET", url, params=dict(parameters)) as response:
            for part in response.iter_bytes():
                body += part
                if time.monotonic() > end:
                    raise httpx.ReadTimeout(f"no whole answer within {self.patience:g} s")
        return response.status_code, bytes(body)
