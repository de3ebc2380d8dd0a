"""Findings about texts: labels that they show in vain, and variables that nobody declares."""

from collections.abc import Iterator

from watchbill.flow.flow import Inference
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import TEMPLATE_LOST_LABEL, UNKNOWN_VARIABLE
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
    if inference is not None:
        yield from _lost(expression, inference)


def _lost(expression: Expression, inference: Inference) -> Iterator[Finding]:
    flow = inference.flow
    if flow is None or flow.is_open or Reading.is_loose(inference.text):
        return
    carried = sorted(flow.labels)
    known = _ALWAYS.union(carried, expression.site.labels)
    for name, shown in expression.shown.items():
        for label in sorted(shown - known):
            has = f"it carries {', '.join(carried)}" if carried else "it carries none"
            message = f"the {name} shows the label {label!r}, which the expression lost; {has}"
            yield Finding(
                rule=TEMPLATE_LOST_LABEL, site=expression.site, message=message, nearest=nearest(label, carried)
            )
