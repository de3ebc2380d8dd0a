"""Findings about texts: labels that they show in vain, and variables that nobody declares."""

from collections.abc import Iterator

from watchbill.flow.flow import Inference
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.rules import UNKNOWN_VARIABLE
from watchbill_stack.check.text_findings import lost_labels
from watchbill_stack.foreign.expression import Expression
from watchbill_stack.foreign.reading import Reading
from watchbill_stack.foreign.variable import nearest_variable

_ALWAYS = frozenset({"__name__", "alertname", "alertgroup"})


def text_findings(expression: Expression, inference: Inference | None) -> Iterator[Finding]:
    """What is wrong around an expression."""
    for mention in expression.unknown:
        message = f"the dashboard has no variable {mention.name!r}"
        meant = nearest_variable(mention.name, expression.variables or {})
        yield Finding(
            rule=UNKNOWN_VARIABLE,
            site=expression.site,
            message=message,
            start=mention.start,
            end=mention.end,
            nearest=meant,
        )
    if inference is not None and not Reading.is_loose(inference.text):
        site = expression.site
        yield from lost_labels(site, inference.flow, expression.shown.items(), added=site.labels, always=_ALWAYS)
