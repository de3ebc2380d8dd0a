"""What annotation templates show: a label or the value of the alert's expression, for a person to read."""

import json
import re
from collections.abc import Iterable

from watchbill.catalogue import Label, Metric
from watchbill.expression.raw import Raw
from watchbill.names import Names

_LABEL = re.compile(r"""(\$labels\.|\.Labels\.|index\s+(?:\$labels|\.Labels)\s+["`])(\w+)""")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STRING = re.compile(r""""(?:\\.|[^"\\])*"|`[^`]*`""")
_VALUE = re.compile(r"\$value\b|\.Value\b")

PERCENTAGE = "{{ $value | humanizePercentage }}"
DURATION = "{{ $value | humanizeDuration }}"


def shown(label: Label) -> str:
    """The label's value, by its name in the catalogue; the policy turns it into the service's name for it."""
    return f"{{{{ $labels.{label.name} }}}}"


def renamed(template: str, names: dict[str, str]) -> str:
    """The template with its labels under other names."""
    return _LABEL.sub(lambda found: found[1] + names.get(found[2], found[2]), template)


def asking(template: str, names: Names, among: Iterable[Metric]) -> str:
    """The template with the queries in its actions, such as `query "…"`, under a names profile."""

    def spelled(found: re.Match[str]) -> str:
        text = found[0]
        try:
            query = text[1:-1] if text[0] == "`" else json.loads(text, strict=False)
        except ValueError:
            return text
        asked = Raw(query, among=tuple(among)).promql(names)
        if asked == query:
            return text
        return f"`{asked}`" if text[0] == "`" else json.dumps(asked, ensure_ascii=False)

    return _ACTION.sub(lambda action: _STRING.sub(spelled, action[0]), template)


def shows_value(template: str) -> bool:
    """Whether a template shows the value of the expression."""
    return _VALUE.search(template) is not None
