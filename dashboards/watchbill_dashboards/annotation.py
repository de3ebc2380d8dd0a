"""Marks over all panels: what happened when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.problem import Place
from watchbill_dashboards.steps import Colour
from watchbill_dashboards.target import PROMETHEUS


@dataclass(frozen=True, slots=True)
class Own:
    """Grafana's own annotations, which every dashboard has."""

    def to_json_data(self) -> dict[str, object]:
        """The entry that Grafana would add by itself."""
        return {
            "builtIn": 1,
            "datasource": {"type": "grafana", "uid": "-- Grafana --"},
            "enable": True,
            "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)",
            "name": "Annotations & Alerts",
            "type": "dashboard",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where an expression is 1 or more; or, with `at_value`, at the times (in milliseconds) that are its values.

    `title` and `text` may hold `{{label}}` in the names of the profile.
    """

    name: str
    expression: Expression
    colour: Colour
    title: str
    text: str
    tags: str = ""
    at_value: bool = False
    names: Names = CLASSIC
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    def to_json_data(self) -> dict[str, object]:
        """Grafana's annotation from a Prometheus query."""
        target = {
            "datasource": PROMETHEUS,
            "expr": self.expression.promql(self.names),
            "interval": "",
            "refId": "Anno",
        }
        return {
            "datasource": PROMETHEUS,
            "enable": True,
            "hide": False,
            "iconColor": self.colour,
            "name": self.name,
            "tagKeys": self.tags,
            "target": target,
            "textFormat": self.text,
            "titleFormat": self.title,
            "useValueForTime": self.at_value,
        }
