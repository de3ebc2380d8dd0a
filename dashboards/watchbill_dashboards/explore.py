"""Links out of a panel: to traces and logs in Grafana's Explore, and to a narrower view of the same dashboard."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote

from watchbill.problem import Place


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a panel's menu, or of a table's rows; Grafana fills in its variables."""

    title: str
    url: str
    new_tab: bool = True
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)

    def to_json_data(self) -> dict[str, object]:
        """Grafana's link, with every field that its schema asks for."""
        return {
            "asDropdown": False,
            "icon": "external link",
            "includeVars": False,
            "keepTime": False,
            "tags": [],
            "targetBlank": self.new_tab,
            "title": self.title,
            "tooltip": "",
            "type": "link",
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Sources:
    """The uids of Grafana's data sources for traces (Tempo) and logs (Loki); None where there is none."""

    traces: str | None = None
    logs: str | None = None

    def traces_where(self, title: str, service: str, *conditions: str) -> list[Link]:
        """A link to a service's traces that meet all TraceQL conditions; none without a source."""
        if self.traces is None:
            return []
        found = " && ".join([f'resource.service.name = "{service}"', *conditions])
        query = {"refId": "A", "queryType": "traceql", "query": f"{{ {found} }}"}
        return [Link(title, _explore("tempo", self.traces, query), place=Place.of_call())]

    def logs_where(self, title: str, service: str, *stages: str) -> list[Link]:
        """A link to a service's log lines after LogQL pipeline stages; none without a source."""
        if self.logs is None:
            return []
        pipeline = " | ".join([f'{{service_name="{service}"}}', *stages])
        query = {"refId": "A", "queryType": "range", "expr": pipeline}
        return [Link(title, _explore("loki", self.logs, query), place=Place.of_call())]


def _explore(kind: str, uid: str, query: dict[str, str]) -> str:
    pane = {
        "datasource": uid,
        "queries": [{"datasource": {"type": kind, "uid": uid}, **query}],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    panes = json.dumps({"a": pane}, separators=(",", ":"))
    # Grafana looks for its variables in the address as written, so they stay unescaped.
    return f"/explore?schemaVersion=1&panes={quote(panes, safe='{}$:,_')}"
