"""Alerting and recording rules as a rule file holds them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from watchbill.catalogue import ENV, SERVICE
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import SEVERITY
from watchbill_alerts.labels import TEAM
from watchbill_stack.difference.state import ALERTMANAGER, RULES, Content, State

_CIRCUMSTANCES = {SEVERITY.name, TEAM.name, ENV.name, SERVICE.name}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`file` is the rule file's name: a service, or the stack. `interval` is the group's, `rest` all else it sets."""

    name: str
    is_alert: bool
    file: str
    expression: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    pending: str = "0s"
    kept: str = "0s"
    interval: str = ""
    rest: str = ""

    @property
    def slo(self) -> str:
        """The objective it is about, or empty."""
        return self.labels.get(SLO.name, "")

    @property
    def severity(self) -> str:
        """Its severity, empty for a recording rule."""
        return self.labels.get(SEVERITY.name, "")

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it apart from all others but those of another severity, team or environment."""
        own = sorted((name, value) for name, value in self.labels.items() if name not in _CIRCUMSTANCES)
        return (self.is_alert, self.file, self.name, *own)

    @property
    def title(self) -> str:
        """Its name with whose it is and what it is about."""
        own = [value for name, value in self.labels.items() if name not in _CIRCUMSTANCES]
        about = f" ({', '.join(own)})" if own else ""
        return f"{self.name} of {self.file}{about}"


def rules_of(state: State, other: State) -> tuple[Rule, ...]:
    """The rules of every rule file that another state has not just so, in order.

    Where routes differ, of all rule files: their alerts may go elsewhere.
    """
    endings = ".yaml", ".yml"
    is_routed_alike = state.files.get(ALERTMANAGER) == other.files.get(ALERTMANAGER)
    found: list[Rule] = []
    for path in state.unlike(other, RULES, *endings) if is_routed_alike else state.below(RULES, *endings):
        for group in mappings(state.mapping(path).get("groups")):
            found += (_rule(entry, path.stem, group) for entry in mappings(group.get("rules")))
    return tuple(found)


def mappings(value: object) -> Iterator[Content]:
    """The mappings of what should be a list of them."""
    yield from (cast("Content", one) for one in listed(value) if isinstance(one, dict))


def mapping(value: object) -> Content:
    """What should be a mapping, or an empty one."""
    return cast("Content", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """The entries of what should be a list."""
    return cast("list[object]", value) if isinstance(value, list) else []


def texts(value: object) -> dict[str, str]:
    """A mapping from texts to texts."""
    entries = cast("dict[object, Any]", value) if isinstance(value, dict) else {}
    return {str(key): str(one) for key, one in entries.items()}


def _rule(entry: Content, file: str, group: Content) -> Rule:
    return Rule(
        name=str(entry.get("alert") or entry.get("record") or ""),
        is_alert="alert" in entry,
        file=file,
        expression=str(entry.get("expr", "")),
        labels=texts(entry.get("labels")),
        annotations=texts(entry.get("annotations")),
        pending=str(entry.get("for", "0s")),
        kept=str(entry.get("keep_firing_for", "0s")),
        interval=str(group.get("interval", "")),
        rest=", ".join(f"{key} {value}" for key, value in group.items() if key not in {"name", "interval", "rules"}),
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """Rules of two states: pairs that are the same rule, and those that have no counterpart."""

    pairs: tuple[tuple[Rule, Rule], ...]
    removed: tuple[Rule, ...]
    added: tuple[Rule, ...]


def matched(before: Sequence[Rule], after: Sequence[tuple[Rule, Rule]]) -> Matched:
    """Rules by identity, then by severity. Of `after` the first of two is the rule as the former state would say it."""
    waiting: dict[tuple[object, ...], list[Rule]] = {}
    for rule in before:
        waiting.setdefault(rule.identity, []).append(rule)
    pairs: dict[int, tuple[Rule, Rule]] = {}
    for by_severity in (True, False):
        for index, (spoken, rule) in enumerate(after):
            candidates = waiting.get(spoken.identity, ())
            old = next((one for one in candidates if not by_severity or one.severity == spoken.severity), None)
            if old is not None and index not in pairs:
                waiting[spoken.identity].remove(old)
                pairs[index] = (old, rule)
    added = (rule for index, (_, rule) in enumerate(after) if index not in pairs)
    removed = (one for rest in waiting.values() for one in rest)
    return Matched(tuple(pairs[index] for index in sorted(pairs)), tuple(removed), tuple(added))
