"""A place where a stack refers to metrics: an expression or a template, and the Python that made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from watchbill.catalogue.metric import Metric
from watchbill.names import CLASSIC, Names
from watchbill.problem import Place

Role = Literal[
    "alert",
    "recording",
    "panel",
    "variable",
    "annotation",
    "link",
    "objective",
    "runbook",
    "route",
    "test",
    "metric",
    "budget",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """`name` is what people call the object, `service` whose it is, empty for the stack's own.

    `place` is the line of Python that made the object, `declared` the line of the stack file that asked for it.
    `text` is PromQL as it is rendered, under `names`; empty where the object has none. `suppressed` are reasons by
    the rule whose findings are wanted. A recording rule's `metric` is what it writes, and `labels`, under the exposed
    names, are those that a rule adds to the labels of its expression. `subject` is the object itself. All sites of one
    object share one mapping of suppressions. Each site is equal to itself alone.
    """

    role: Role
    name: str
    service: str
    place: Place
    declared: Place | None = None
    text: str = ""
    names: Names = CLASSIC
    metric: Metric | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    suppressed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    subject: object = field(default=None, repr=False)
