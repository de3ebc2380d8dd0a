"""What an Observability may be given, and everything that is wrong with what it was given."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Protocol, cast

from prometheus_client import CollectorRegistry

from watchbill.catalogue import METRICS, Metric
from watchbill.environment import Switches
from watchbill.errors import InvalidDeclaration
from watchbill.exposition.access import Access
from watchbill.health.config import Health
from watchbill.logs.config import Logging
from watchbill.names import Names
from watchbill.problem import is_a, is_list
from watchbill.team import NAME_RULE, is_name
from watchbill.traces.tracing import Tracing

_KINDS: Mapping[str, type] = {
    "names": Names,
    "registry": CollectorRegistry,
    "tracing": Tracing,
    "logging": Logging,
    "health": Health,
    "access": Access,
    "switches": Switches,
}


class Part(Protocol):
    """Settings of one part."""

    def faults(self) -> list[str]: ...


def refuse(faults: Sequence[str]) -> None:
    """Raises InvalidDeclaration with all faults, where there are any."""
    if faults:
        raise InvalidDeclaration("Observability", faults)


def misfits(**given: object) -> list[str]:
    """The arguments that are of another kind than annotated: not everybody type-checks."""
    return [
        f"{name} is {type(value).__name__}, not {_KINDS.get(name, str).__name__}"
        for name, value in given.items()
        if value is not None and not is_a(value, _KINDS.get(name, str))
    ]


def faults_of(
    service: str,
    env: str,
    *,
    env_given: bool,
    metrics_path: str,
    latency_bounds: object,
    names: Names,
    parts: Iterable[Part | None],
    own: Iterable[Metric] = (),
) -> list[str]:
    """Every value that cannot be used."""
    faults: list[str] = []
    if not is_name(service):
        faults.append(f"{service!r} is no service name: {NAME_RULE}")
    if not is_name(env):
        source = "" if env_given else ", from ENVIRONMENT,"
        faults.append(f"{env!r}{source} is no environment name: {NAME_RULE}")
    if metrics_path and not metrics_path.startswith("/"):
        faults.append(f"metrics_path={metrics_path!r} does not start with a slash")
    if "?" in metrics_path or "#" in metrics_path:
        faults.append(f"metrics_path={metrics_path!r} is more than a path")
    if latency_bounds is not None and not (is_list(latency_bounds) and _are_bounds(latency_bounds)):
        faults.append(f"latency_bounds={latency_bounds!r}: give seconds above 0, ascending, each once")
    faults += names.faults({**METRICS, **{metric.name: metric for metric in own}})
    for part in parts:
        faults += part.faults() if part is not None else []
    return faults


def _are_bounds(given: object) -> bool:
    bounds = cast("Sequence[object]", given)
    numbers = [bound for bound in bounds if isinstance(bound, int | float) and 0 < bound < inf]
    return bool(bounds) and len(numbers) == len(bounds) and numbers == sorted(set(numbers))
