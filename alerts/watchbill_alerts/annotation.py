"""What annotation templates show: a label or the value of the alert's expression, for a person to read."""

import re

from watchbill.catalogue import Label

_LABEL = re.compile(r"""(\$labels\.|\.Labels\.|index\s+\$labels\s+["`])(\w+)""")
_VALUE = re.compile(r"\$value\b|\.Value\b")

PERCENTAGE = "{{ $value | humanizePercentage }}"
DURATION = "{{ $value | humanizeDuration }}"


def shown(label: Label) -> str:
    """The label's value, by its name in the catalogue; the policy turns it into the service's name for it."""
    return f"{{{{ $labels.{label.name} }}}}"


def labels_shown(template: str) -> frozenset[str]:
    """The names of all labels a template shows."""
    return frozenset(found[2] for found in _LABEL.finditer(template))


def renamed(template: str, names: dict[str, str]) -> str:
    """The template with its labels under other names."""
    return _LABEL.sub(lambda found: found[1] + names.get(found[2], found[2]), template)


def shows_value(template: str) -> bool:
    """Whether a template shows the value of the expression."""
    return _VALUE.search(template) is not None
