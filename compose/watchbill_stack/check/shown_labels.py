"""The labels and queries that a template of an alert or a legend of a panel mentions."""

import re
from collections.abc import Iterator

_OF_ALERT = re.compile(r"""\$labels\.(\w+)|index\s+\$labels\s+["`](\w+)["`]""")
_OF_DOT = re.compile(r"""(?<![\w$)])\.Labels\.(\w+)|index\s+\.Labels\s+["`](\w+)["`]""")
_MOVES_DOT = re.compile(r"\{\{-?\s*(?:range|with|define|block|template)\b")
_OF_LEGEND = re.compile(r"\{\{\s*([a-zA-Z_]\w*)\s*\}\}")
_QUERY = re.compile(r"""\bquery\s+("(?:\\.|[^"\\])*"|`[^`]*`)""")


def labels_of_template(template: str) -> frozenset[str]:
    """The labels of its alert that a template shows.

    `.Labels` is the alert's only where no `range` or `with` makes it those of a query's result.
    """
    patterns = (_OF_ALERT,) if moves_dot(template) else (_OF_ALERT, _OF_DOT)
    actions = _actions(template)
    return frozenset(one[1] or one[2] for pattern in patterns for one in pattern.finditer(actions))


def moves_dot(template: str) -> bool:
    """Whether its dot may be something else than the alert."""
    return _MOVES_DOT.search(template) is not None


def labels_of_legend(legend: str) -> frozenset[str]:
    """The labels that a legend shows."""
    return frozenset(_OF_LEGEND.findall(legend))


def queries_of_template(template: str) -> Iterator[str]:
    """The queries that a template asks in full; those it puts together are known at run time alone."""
    for found in _QUERY.findall(_actions(template)):
        yield found[1:-1] if found[0] == "`" else re.sub(r"\\(.)", r"\1", found[1:-1])


def _actions(template: str) -> str:
    """What stands between double braces."""
    parts = (part.partition("}}") for part in template.split("{{")[1:])
    return " ".join(action for action, end, _ in parts if end)
