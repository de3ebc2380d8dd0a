"""Links from panels to traces and logs."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from watchbill import Service
from watchbill_dashboards.classic import classic
from watchbill_dashboards.explore import Sources
from watchbill_dashboards.overview import overview

Shop = Callable[..., Service]
Json = dict[str, Any]


def links(service: Service, sources: Sources) -> dict[str, str]:
    panels: list[Json] = classic(overview(service, sources))["panels"]
    return {link["title"]: link["url"] for panel in panels for link in panel.get("links", [])}


def pane(url: str) -> Json:
    opened: Json = json.loads(parse_qs(urlsplit(url).query)["panes"][0])["a"]
    return opened


def test_without_sources_no_panel_links_to_nowhere(shop: Shop) -> None:
    assert links(shop(), Sources()) == {}


def test_errors_lead_to_failed_traces_of_the_service(shop: Shop) -> None:
    opened = pane(links(shop(), Sources(traces="tempo"))["Traces with errors"])
    assert opened["datasource"] == "tempo"
    assert opened["queries"][0]["query"] == '{ resource.service.name = "shop" && status = error }'
    assert opened["range"] == {"from": "${__from}", "to": "${__to}"}


def test_latency_leads_to_traces_over_the_services_own_limit(shop: Shop) -> None:
    opened = pane(links(shop(), Sources(traces="tempo"))["Slow traces"])
    assert "duration > 0.5s" in opened["queries"][0]["query"]


def test_errors_lead_to_log_lines(shop: Shop) -> None:
    opened = pane(links(shop(), Sources(logs="loki"))["Log lines with errors"])
    assert opened["queries"][0]["expr"] == '{service_name="shop"} | json | level="error"'


def test_grafana_finds_its_variables_in_the_address(shop: Shop) -> None:
    assert "${__from}" in links(shop(), Sources(traces="tempo"))["Slow traces"]
