"""What annotation templates show: a label or the value of the alert's expression, for a person to read."""

import re

from watchbill.catalogue import Label

_LABEL = re.compile(r"\$labels\.(\w+)")

PERCENTAGE = "{{ $value | humanizePercentage }}"
DURATION = "{{ $value | humanizeDuration }}"


def shown(label: Label) -> str:
    """The label's value, by its name in the catalogue; the policy turns it into the service's name for it."""
    return f"{{{{ $labels.{label.name} }}}}"


def labels_shown(template: str) -> frozenset[str]:
    """The names of all labels a template shows."""
    return frozenset(_LABEL.findall(template))


def renamed(template: str, names: dict[str, str]) -> str:
    """The template with its labels under other names."""
    return _LABEL.sub(lambda found: f"$labels.{names.get(found[1], found[1])}", template)


def shows_value(template: str) -> bool:
    """Whether a template shows the value of the expression."""
    return "$value" in template
