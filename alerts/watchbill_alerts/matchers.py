"""Conditions on labels in Alertmanager's matcher syntax."""

from collections.abc import Iterable

from watchbill.catalogue import Label
from watchbill.expression.selector import quoted


def exactly(label: Label, value: str) -> str:
    """The label has this value."""
    return f"{label.name}={quoted(value)}"


def any_of(label: Label, values: Iterable[str]) -> str:
    """The label has one of these values, which hold no pattern characters."""
    distinct = tuple(dict.fromkeys(values))
    return exactly(label, distinct[0]) if len(distinct) == 1 else f"{label.name}=~{quoted('|'.join(distinct))}"
