"""The values a dashboard's variables have when it is opened."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbill_dashboards.api import Api
from watchbill_dashboards.substitution import Pattern, substituted
from watchbill_dashboards.variable import ALL

Json = Mapping[str, Any]
Values = dict[str, str | Pattern]

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+),\s*(?P<label>[A-Za-z_]\w*)\s*\)", re.DOTALL)


def chosen(dashboard: Json, api: Api) -> Values:
    """Each variable's default, or what Prometheus offers where that is not among it.

    Variables are asked in their order, each with the values of those before. Raises Refused and UnknownVariable.
    """
    values: Values = {}
    for variable in dashboard["templating"]["list"]:
        reading = _READERS.get(variable["type"], _fixed)
        values[variable["name"]] = reading(variable, values, api)
    return values


def _fixed(variable: Json, _values: Values, _api: Api) -> str | Pattern:
    """A constant, an interval, a number, a text, a data source: its current value, or its query."""
    value = variable.get("current", {}).get("value", variable.get("query", ""))
    return str(value) if isinstance(value, str | int | float) else Pattern(tuple(value))


def _queried(variable: Json, values: Values, api: Api) -> str | Pattern:
    current = _listed(variable.get("current", {}).get("value", []))
    if ALL in current and variable.get("allValue"):
        return Pattern(raw=variable["allValue"])
    offered = _offered(variable, values, api)
    kept = offered if ALL in current else [one for one in current if one in offered] or offered[:1] or current
    if variable.get("multi") or variable.get("includeAll"):
        return Pattern(tuple(kept))
    return kept[0] if kept else ""


def _offered(variable: Json, values: Values, api: Api) -> list[str]:
    query = _LABEL_VALUES.fullmatch(str(variable["query"]).strip())
    if query is None:
        return []
    return api.label_values(substituted(query["selector"], values), query["label"])


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


_READERS: Mapping[str, Callable[[Json, Values, Api], str | Pattern]] = {"query": _queried}
