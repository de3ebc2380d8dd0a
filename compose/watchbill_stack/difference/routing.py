"""Where a notification goes, by the routes of alertmanager.yml."""

import re
from collections.abc import Iterator, Mapping

from watchbill_stack.difference.rule import listed, mappings
from watchbill_stack.difference.state import Content

_MATCHER = re.compile(r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"?((?:\\.|[^"\\])*)"?\s*')


def receivers_of(route: Content, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The receivers that an alert with these labels reaches, as Alertmanager walks its tree."""
    return tuple(dict.fromkeys(_walk(route, labels, "")))


def _walk(route: Content, labels: Mapping[str, str], inherited: str) -> Iterator[str]:
    receiver = str(route.get("receiver") or inherited)
    is_claimed = False
    for child in mappings(route.get("routes")):
        if all(_meets(str(one), labels) for one in listed(child.get("matchers"))):
            is_claimed = True
            yield from _walk(child, labels, receiver)
            if child.get("continue") is not True:
                break
    if not is_claimed:
        yield receiver


def _meets(matcher: str, labels: Mapping[str, str]) -> bool:
    parts = _MATCHER.fullmatch(matcher)
    if parts is None:
        return False
    name, operator, wanted = parts.groups()
    value = labels.get(name, "")
    if operator in {"=", "!="}:
        return (value == wanted) is (operator == "=")
    try:
        return (re.fullmatch(wanted, value) is not None) is (operator == "=~")
    except re.error:
        return False
