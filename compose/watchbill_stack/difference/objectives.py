"""Objectives that came, went or ask for another share, found by what the rules record of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from watchbill.catalogue.objectives import OBJECTIVE_RATIO, SLO
from watchbill.expression.node import number_text
from watchbill_stack.difference.cause import Cause
from watchbill_stack.difference.change import Change
from watchbill_stack.difference.rule import Rule

Key = tuple[str, str]
"""A service and the name of one of its objectives."""
_CONSTANT = re.compile(r"vector\(\s*([0-9.]+)\s*\)")
_LATENCY = re.compile(r"(latency-)(\d+(?:-\d+)?)(s.*)")


def objectives_of(rules: Sequence[Rule], recorded: Mapping[str, str]) -> Mapping[Key, Decimal]:
    """The share of good requests that each objective asks for; `recorded` is how services call its metric."""
    found: dict[Key, Decimal] = {}
    for rule in rules:
        constant = _CONSTANT.fullmatch(rule.expression.strip())
        if rule.name == recorded.get(rule.file, OBJECTIVE_RATIO.name) and constant and rule.slo:
            try:
                found[rule.file, rule.slo] = Decimal(constant[1])
            except InvalidOperation:
                continue
    return found


def objective_causes(before: Mapping[Key, Decimal], after: Mapping[Key, Decimal]) -> Iterator[Cause]:
    """Every objective that changed, with what gives its followers away."""
    removed = [key for key in before if key not in after]
    added = [key for key in after if key not in before]
    for key in [key for key in before if key in after and before[key] != after[key]]:
        yield _changed(key, key, before[key], after[key])
    for old in removed:
        new = next((key for key in added if _shape(key) == _shape(old)), None)
        if new is None:
            detail = f"removed; it asked for {_percent(before[old])}"
            change = Change("objective", _title(old), "removed", detail, breaking=True, service=old[0])
            yield Cause(change, old[0], equal=_own(old))
        else:
            added.remove(new)
            yield _changed(old, new, before[old], after[new])
    for key in added:
        change = Change("objective", _title(key), "added", f"added: {_percent(after[key])}", service=key[0])
        yield Cause(change, key[0], equal=_own(key))


def _changed(old: Key, new: Key, asked: Decimal, asks: Decimal) -> Cause:
    details = [f"{_percent(asked)} → {_percent(asks)}"] if asked != asks else []
    words: dict[str, str] = {}
    equal: list[tuple[Decimal, Decimal]] = [(asked, asks)] if asked != asks else []
    if old != new:
        within = _seconds(old[1]), _seconds(new[1])
        details.insert(0, f"within {number_text(within[0])} s → within {number_text(within[1])} s")
        words = {old[1]: new[1]}
        equal.append(within)
    details += [f"label {SLO.name} {old[1]} → {new[1]}"] if old != new else []
    change = Change("objective", _title(old), "changed", ", ".join(details), breaking=old != new, service=old[0])
    budget = (1 - asked, 1 - asks) if asked != asks else None
    return Cause(change, old[0], words=words, budget=budget, equal=tuple(equal))


def _own(key: Key) -> tuple[tuple[Decimal, Decimal], ...]:
    within = _seconds(key[1])
    return ((within, within),) if _LATENCY.fullmatch(key[1]) else ()


def _shape(key: Key) -> tuple[str, ...]:
    parts = _LATENCY.fullmatch(key[1])
    return (key[0], parts[1], parts[3]) if parts else key


def _seconds(name: str) -> Decimal:
    parts = _LATENCY.fullmatch(name)
    return Decimal(parts[2].replace("-", ".")) if parts else Decimal(0)


def _title(key: Key) -> str:
    return f"{key[1]} of {key[0]}"


def _percent(share: Decimal) -> str:
    return f"{number_text(share * 100)} %"
