"""A mistake at one site of a stack."""

from dataclasses import dataclass

from watchbill.flow.rule import Rule
from watchbill_stack.check.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`start` and `end` mark the place in the site's text; `nearest` is the nearest valid name, or empty."""

    rule: Rule
    site: Site
    message: str
    start: int = 0
    end: int = 0
    nearest: str = ""
