"""The query of a dashboard's variable, such as label_values(metric, label), as PromQL."""

import re

from watchbill_stack.foreign.reading import ANYTHING, Reading, read
from watchbill_stack.foreign.variable import MENTION, Variables, mentions

_LABEL_VALUES = re.compile(
    rf"\s*label_values\(\s*+(?P<selector>.*\S)\s*+,\s*+(?P<label>(?:\w|{MENTION})++)\s*+\)\s*", re.DOTALL
)
_QUERY_RESULT = re.compile(r"\s*query_result\((?P<expression>.+)\)\s*", re.DOTALL)
_NAMES_ALONE = re.compile(r"\s*(?:label_values\([^,{]*\)|label_names\([^()]*\)|metrics\(.*\))\s*", re.DOTALL)


def read_variable_query(text: str, variables: Variables, scrape_interval: float) -> Reading:
    """The expression whose series the variable's values come from; an empty one where it asks for names alone."""
    if found := _LABEL_VALUES.fullmatch(text):
        selector, label = found.span("selector"), found.span("label")
        reading = read(text, variables, scrape_interval, within=selector)
        reading.cover(0, selector[0], "group(")
        reading.cover(selector[1], label[0], ") by (")
        if any(mentions(found["label"])):
            reading.cover(*label, ANYTHING)
            reading.mentions += mentions(found["label"], label[0])
        reading.cover(label[1], len(text), ")")
        return reading
    if found := _QUERY_RESULT.fullmatch(text):
        start, end = found.span("expression")
        reading = read(text, variables, scrape_interval, within=(start, end))
        reading.cover(0, start, "")
        reading.cover(end, len(text), "")
        return reading
    if _NAMES_ALONE.fullmatch(text):
        return Reading("", mentions=list(mentions(text)))
    return read(text, variables, scrape_interval)
