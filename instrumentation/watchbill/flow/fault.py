"""A mistake in one expression: which rule, where in the text, and what was probably meant."""

from dataclasses import dataclass

from watchbill.flow.rule import Rule


@dataclass(frozen=True, slots=True)
class Fault:
    """`start` and `end` are offsets into the expression's text; `nearest` is the nearest valid name, or empty."""

    rule: Rule
    message: str
    start: int = 0
    end: int = 0
    nearest: str = ""
