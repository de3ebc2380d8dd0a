"""Alerts and recording rules that came, went or changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from watchbill.catalogue import DEPENDENCY
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.watching import ALERT_NAME
from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Area, Change
from watchbill_stack.difference.expression import laid_out, reworded, swaps
from watchbill_stack.difference.routing import receivers_of
from watchbill_stack.difference.rule import Rule, matched
from watchbill_stack.difference.state import Content

LINKS = ("runbook_url", "dashboard_url")
_SERIES = "recorded series"


@dataclass
class RuleComparison:
    """The rules of two states; `routes` are the roots of both. What explains others is added to `causes`.

    `links` are base addresses of the former state with those that took their place.
    """

    causes: Causes
    routes: tuple[Content, Content]
    links: dict[str, str] = field(default_factory=dict[str, str])

    def changes(self, before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Change]:
        """Every change that follows from no other."""
        found = matched(before, [(self._spoken(rule), rule) for rule in after])
        links: dict[tuple[str, str], list[str]] = {}
        paces: dict[tuple[str, str, str], int] = {}
        settings: dict[tuple[str, str, str], int] = {}
        for old, new in found.pairs:
            yield from self._pair(old, new)
            for bases in filter(None, (_bases(old, new, link) for link in LINKS)):
                links.setdefault(bases, []).append(new.name)
            if old.interval != new.interval:
                pace = (new.file, old.interval or "the default", new.interval or "the default")
                paces[pace] = paces.get(pace, 0) + 1
            if old.rest != new.rest:
                setting = (new.file, old.rest or "none", new.rest or "none")
                settings[setting] = settings.get(setting, 0) + 1
        self.links |= dict(tuple(links))
        for (one, other), alerts in links.items():
            yield Change("alert", f"links of {len(alerts)} alerts", "changed", f"{one} → {other}")
        for (file, one, other), number in paces.items():
            yield Change("recording", f"{number} rules of {file}", "changed", f"evaluated every {one} → {other}")
        for (file, one, other), number in settings.items():
            yield Change("recording", f"{number} rules of {file}", "changed", f"their group: {one} → {other}")
        yield from self._unmatched([*found.removed], [*found.added])

    def _spoken(self, rule: Rule) -> Rule:
        """The rule under the names of the former state."""
        former = {new: old for cause in self.causes.of(rule.file) for old, new in cause.words.items()}
        labels = {name: former.get(value, value) if name == SLO.name else value for name, value in rule.labels.items()}
        return replace(rule, name=former.get(rule.name, rule.name), labels=labels)

    def _pair(self, old: Rule, new: Rule) -> Iterator[Change]:
        details, behind, swapped = self.causes.query(new.file, old.expression, new.expression)
        details += self._circumstances(old, new)
        for cause in behind:
            if new.is_alert:
                cause.change.affects([new.name])
            else:
                cause.change.carries(_SERIES)
        if not details and not behind and _texts(old) != _texts(new):
            told = self._behind_text(old, new)
            details = [] if told else [reworded("its text", _texts(old), _texts(new))]
            for cause in told:
                cause.change.carries("alert texts")
        if not details:
            return
        change = Change(_area(new), old.title, "changed", ", ".join(details), service=new.file)
        if swapped:
            self._explains(change, new, [(swap.old, swap.new) for swap in swapped])
        yield change

    def _circumstances(self, old: Rule, new: Rule) -> Iterator[str]:
        """What changed around the expression."""
        if old.pending != new.pending:
            yield f"for {old.pending} → {new.pending}"
        if old.kept != new.kept:
            yield f"keeps firing for {old.kept} → {new.kept}"
        spoken = self._spoken(new).labels
        for name in {**old.labels, **spoken}:
            one, other = old.labels.get(name), spoken.get(name)
            if one != other:
                yield f"label {name} removed" if other is None else f"{name} {one or 'none'} → {other}"
        for link in LINKS:
            if (link in old.annotations) != (link in new.annotations):
                yield f"{link} {'added' if link in new.annotations else 'removed'}"
        if new.is_alert and (old.labels != new.labels or self.routes[0] != self.routes[1]):
            goals = self._goal(0, old), self._goal(1, new)
            if goals[0] != goals[1]:
                yield f"notifies {goals[0]} → {goals[1]}"

    def _goal(self, index: int, rule: Rule) -> str:
        labels = {**rule.labels, ALERT_NAME.name: rule.name}
        return ", ".join(receivers_of(self.routes[index], labels)) or "nobody"

    def _behind_text(self, old: Rule, new: Rule) -> tuple[Cause, ...]:
        """The causes of an alert's new texts: its objective's change, or words that were swapped."""
        own = [one for one in self.causes.of(new.file) if _is_of(old, one)]
        texts = _texts(old), _texts(new)
        swapped = self.causes.behind(new.file, swaps(*texts, prose=True))
        return tuple(own) or swapped or self.causes.behind_parts(new.file, *texts)

    def _explains(self, change: Change, rule: Rule, pairs: Sequence[tuple[str, str]]) -> None:
        equal: list[tuple[Decimal, Decimal]] = []
        for old, new in pairs:
            try:
                equal.append((Decimal(old), Decimal(new)))
            except InvalidOperation:
                continue
        if equal:
            self.causes.add(Cause(change, rule.file, equal=tuple(equal)))

    def _unmatched(self, removed: list[Rule], added: list[Rule]) -> Iterator[Change]:
        for rule in [*removed]:
            successor = next((one for one in added if _is_renamed(rule, one)), None)
            if successor is not None:
                removed.remove(rule)
                added.remove(successor)
                detail = f"renamed to {successor.name}"
                yield Change(_area(rule), rule.title, "renamed", detail, breaking=True, service=rule.file)
        for rule in removed:
            yield from self._lone(rule, "removed")
        for rule in added:
            yield from self._lone(rule, "added")

    def _lone(self, rule: Rule, verb: str) -> Iterator[Change]:
        own = (one for one in self.causes.of(rule.file) if _is_of(rule, one) and one.change.verb == verb)
        cause = next(own, None)
        if cause is not None and rule.is_alert:
            cause.change.affects([rule.name])
        elif cause is not None:
            cause.change.carries(_SERIES)
        elif verb == "removed":
            yield Change(_area(rule), rule.title, "removed", breaking=True, service=rule.file)
        else:
            yield Change(_area(rule), rule.title, "added", self._introduced(rule), service=rule.file)

    def _introduced(self, rule: Rule) -> str:
        if not rule.is_alert:
            return "added"
        held = f", for {rule.pending}" if rule.pending != "0s" else ""
        return f"added: severity {rule.severity or 'none'}{held}, notifies {self._goal(1, rule)}"


def _is_of(rule: Rule, cause: Cause) -> bool:
    """Whether the rule is about the objective or the dependency that changed."""
    if cause.dependency:
        return rule.labels.get(DEPENDENCY.name) == cause.dependency
    return bool(rule.slo) and cause.change.area == "objective" and cause.change.name == f"{rule.slo} of {rule.file}"


def _is_renamed(old: Rule, new: Rule) -> bool:
    same = (old.is_alert, old.file, old.labels) == (new.is_alert, new.file, new.labels)
    return same and laid_out(old.expression) == laid_out(new.expression)


def _area(rule: Rule) -> Area:
    return "alert" if rule.is_alert else "recording"


def _texts(rule: Rule) -> str:
    return "\n".join(text for name, text in sorted(rule.annotations.items()) if name not in LINKS)


def _bases(old: Rule, new: Rule, link: str) -> tuple[str, str] | None:
    """What two addresses begin with before they are equal; None where they are equal, or one is missing."""
    one, other = old.annotations.get(link, ""), new.annotations.get(link, "")
    if one == other or not one or not other:
        return None
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return _cut(one, length), _cut(other, length)


def _cut(address: str, length: int) -> str:
    """The address without its last characters, but with all of its host."""
    host = address.find("/", address.find("//") + 2)
    return address[: max(len(address) - length, host if host > 0 else len(address))]
