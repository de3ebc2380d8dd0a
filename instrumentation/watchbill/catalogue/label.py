"""Labels: what tells two series of one metric apart, where each comes from, and how many values it may take."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from watchbill.errors import InvalidDeclaration
from watchbill.problem import is_a, is_list

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

RESERVED = frozenset({"service", "namespace", "pod", "container", "job", "instance", "endpoint"})
"""Labels that Kubernetes' ServiceMonitor puts on a target (prometheus-operator/prometheus-operator#1479).

Code that emits one of them has it renamed `exported_…` at the scrape, which blanks every rule and panel.
"""

Operator = Literal["=", "!=", "=~", "!~"]


class Origin(Enum):
    """Who puts a label on a series."""

    CODE = "code"
    TARGET = "target"
    EXTERNAL = "external"


def is_label_name(name: str) -> bool:
    """Whether a label may have this name; names that start with two underscores belong to Prometheus."""
    return _NAME.fullmatch(name) is not None and not name.startswith("__")


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label, as it stands between the braces of a selector."""

    label: "Label"
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label's name, meaning, and either its values or a bound on how many there can be.

    `values` is a closed set, unless `bound` is larger than its size: then they are the known ones.
    """

    name: str
    help: str
    values: tuple[str, ...] = ()
    bound: int = 0
    origin: Origin = Origin.CODE

    def __post_init__(self) -> None:
        faults = self._misfits()
        if faults:
            raise InvalidDeclaration(f"label {self.name!r}", faults)
        object.__setattr__(self, "values", tuple(self.values))
        if not is_label_name(self.name):
            faults.append("a label name has letters, digits and underscores, and starts with none or one underscore")
        if self.origin is Origin.CODE and self.name in RESERVED:
            faults.append(f"{self.name!r} belongs to the target, not to code; choose another name")
        if not self.values and self.bound < 1:
            faults.append("give its values, or a bound on their number")
        if len(self.values) != len(set(self.values)):
            faults.append("a value stands twice")
        if self.bound and self.bound < len(self.values):
            faults.append(f"bound {self.bound} is under its {len(self.values)} values")
        if faults:
            raise InvalidDeclaration(f"label {self.name!r}", faults)

    def _misfits(self) -> list[str]:
        """What is not of the kind it must be; people who declare metrics of their own may use no type checker."""
        faults = [f"{one}={got!r} is no text" for one in ("name", "help") if not is_a(got := getattr(self, one), str)]
        if not (is_list(self.values) and all(is_a(value, str) for value in self.values)):
            faults.append(f'values={self.values!r} is no tuple of texts; write values=("card", "invoice")')
        if type(self.bound) is not int:
            faults.append(f"bound={self.bound!r} is no whole number")
        return faults

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def is_closed(self) -> bool:
        """Whether it takes its `values` only."""
        return self.limit == len(self.values)

    @property
    def limit(self) -> int:
        """The largest number of values it can take."""
        return max(self.bound, len(self.values))

    def equals(self, value: str) -> Matcher:
        """Only series with this value."""
        return Matcher(self, "=", value)

    def differs(self, value: str) -> Matcher:
        """Only series with another value."""
        return Matcher(self, "!=", value)

    def matches(self, pattern: str) -> Matcher:
        """Only series whose value matches this anchored RE2 pattern (or Grafana variable)."""
        return Matcher(self, "=~", pattern)

    def excludes(self, pattern: str) -> Matcher:
        """Only series whose value does not match this anchored RE2 pattern."""
        return Matcher(self, "!~", pattern)


JOB = Label(name="job", help="The scrape job of the target.", bound=20, origin=Origin.TARGET)
INSTANCE = Label(name="instance", help="The target that was scraped.", bound=500, origin=Origin.TARGET)
SERVICE = Label(name="service", help="The service the target belongs to.", bound=200, origin=Origin.TARGET)
ENV = Label(name="env", help="The environment the target runs in.", bound=10, origin=Origin.TARGET)
DEPENDENCY = Label(
    name="dependency",
    help="The declared name of the Redis or PostgreSQL behind a target.",
    bound=200,
    origin=Origin.TARGET,
)
TARGET_LABELS = (JOB, INSTANCE, SERVICE, ENV, DEPENDENCY)

LE = Label(name="le", help="The upper bound of a histogram bucket.", bound=40)
