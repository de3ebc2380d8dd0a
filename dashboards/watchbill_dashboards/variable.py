"""Variables: what the reader chooses above the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchbill.catalogue import Label
from watchbill.expression import Selector
from watchbill.names import Names
from watchbill.problem import Place
from watchbill_dashboards.target import PROMETHEUS

ALL = "$__all"
ANYTHING = ".*"
_ON_LOAD, _ON_TIME_RANGE = 1, 2
_ASCENDING = 5


def variable(of: Label) -> str:
    """A label's variable as it stands in addresses."""
    return f"var-{of.name}"


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which Prometheus is asked."""

    name: str = "datasource"

    def to_json_data(self) -> dict[str, object]:
        """Grafana's variable of type `datasource`."""
        return {
            "type": "datasource",
            "name": self.name,
            "label": "Data source",
            "description": "The Prometheus that holds the service's metrics.",
            "query": PROMETHEUS["type"],
            "current": {"text": "default", "value": "default"},
            "hide": 0,
            "includeAll": False,
            "multi": False,
            "options": [],
            "refresh": _ON_LOAD,
            "regex": "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Values of a label among some series. Without a `default`, several can be chosen, and at first all are.

    The variable is called after the catalogue's label, so that links to it hold under every names profile.
    """

    of: Label
    among: Selector
    title: str
    help: str
    names: Names
    default: str | None = None
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)
    suppressed: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    @property
    def name(self) -> str:
        """The variable's name."""
        return self.of.name

    def to_json_data(self) -> dict[str, object]:
        """Grafana's variable of type `query`."""
        query = f"label_values({self.among.promql(self.names)}, {self.names.label(self.of)})"
        several = self.default is None
        return {
            "type": "query",
            "name": self.name,
            "label": self.title,
            "description": self.help,
            "datasource": PROMETHEUS,
            "definition": query,
            "query": query,
            "allValue": ANYTHING if several else None,
            "current": {"text": ["All"], "value": [ALL]} if several else {"text": self.default, "value": self.default},
            "hide": 0,
            "includeAll": several,
            "multi": several,
            "options": [],
            "refresh": _ON_TIME_RANGE,
            "regex": "",
            "sort": _ASCENDING,
        }
